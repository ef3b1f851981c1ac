/** Deadlines of all questions on one timer: a wheel of short ticks, which stands still while nobody waits. */

/** An expiry is at most this early, and as late as the event loop is. */
const TICK_MS = 5;

export interface Expiring {
  /** By the monotonic clock, milliseconds. */
  readonly deadlineAt: number;
  /** Called at the deadline, whether or not it still matters. */
  expire(): void;
}

export class DeadlineWheel {
  readonly #ticks = new Map<number, Expiring[]>();
  readonly #now: () => number;
  #timer: NodeJS.Timeout | null = null;
  #swept = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  watch(entry: Expiring): void {
    if (this.#timer === null) {
      this.#swept = Math.floor(this.#now() / TICK_MS);
      this.#timer = setInterval(() => this.#sweep(), TICK_MS);
    }
    const tick = Math.max(Math.floor(entry.deadlineAt / TICK_MS), this.#swept + 1);
    const entries = this.#ticks.get(tick);
    if (entries) entries.push(entry);
    else this.#ticks.set(tick, [entry]);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#ticks.clear();
  }

  #sweep(): void {
    const now = Math.floor(this.#now() / TICK_MS);
    for (let tick = this.#swept + 1; tick <= now && this.#ticks.size > 0; tick += 1) {
      // First, so that what an expiry brings in is swept by this very loop or a later one.
      this.#swept = tick;
      const entries = this.#ticks.get(tick);
      if (!entries) continue;
      this.#ticks.delete(tick);
      for (const entry of entries) entry.expire();
    }
    this.#swept = Math.max(this.#swept, now);
    if (this.#ticks.size === 0) this.stop();
  }
}
