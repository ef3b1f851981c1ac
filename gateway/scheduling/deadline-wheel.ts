/**
 * Timer wheel: all deadlines share one timer with short ticks, which stops while nothing is watched. An entry is released
 * when it ends. Held until its deadline, half a second of taps would be promoted to the old generation, and be collected
 * by mark-sweep instead of by scavenges.
 */

/** An entry expires at most this early, and as late as the event loop is. */
const TICK_MS = 5;

export interface Expiring {
  /** Monotonic clock, milliseconds. Set anew only while it is not watched. */
  readonly deadlineAt: number;
  /** Where its deadline is watched; null when it is not. */
  deadlineTick: (Expiring | null)[] | null;
  deadlineSlot: number;
}

export interface DeadlineWheelOptions<Entry extends Expiring> {
  /** Monotonic, milliseconds. */
  readonly now: () => number;
  /** How much before its deadline an entry expires. Default 0. */
  readonly marginMs?: number;
  /** Called once for each watch that was not released. It may watch again, and may release others. */
  readonly onExpired: (entry: Entry) => void;
}

export class DeadlineWheel<Entry extends Expiring> {
  readonly #ticks = new Map<number, (Entry | null)[]>();
  readonly #now: () => number;
  readonly #marginMs: number;
  readonly #onExpired: (entry: Entry) => void;
  #timer: NodeJS.Timeout | null = null;
  /** Entries come in behind this tick only. */
  #swept = 0;

  constructor({ now, marginMs = 0, onExpired }: DeadlineWheelOptions<Entry>) {
    this.#now = now;
    this.#marginMs = marginMs;
    this.#onExpired = onExpired;
  }

  watch(entry: Entry): void {
    if (this.#timer === null) {
      this.#swept = Math.floor(this.#now() / TICK_MS);
      this.#timer = setInterval(() => this.sweep(), TICK_MS);
    }
    const tick = Math.max(Math.floor((entry.deadlineAt - this.#marginMs) / TICK_MS), this.#swept + 1);
    let entries = this.#ticks.get(tick);
    if (entries === undefined) {
      entries = [];
      this.#ticks.set(tick, entries);
    }
    entry.deadlineTick = entries;
    entry.deadlineSlot = entries.length;
    entries.push(entry);
  }

  /** The entry ended: its deadline means nothing any more. */
  release(entry: Entry): void {
    if (entry.deadlineTick !== null) entry.deadlineTick[entry.deadlineSlot] = null;
    entry.deadlineTick = null;
  }

  /** Expires what is due. The timer does so by itself; others ask for it where a late timer must not count. */
  sweep(): void {
    const now = Math.floor(this.#now() / TICK_MS);
    for (let tick = this.#swept + 1; tick <= now && this.#ticks.size > 0; tick += 1) {
      // First, so that what an expiry brings in is swept by this very loop or a later one.
      this.#swept = tick;
      const entries = this.#ticks.get(tick);
      if (!entries) continue;
      this.#ticks.delete(tick);
      for (const entry of entries) {
        if (entry === null) continue;
        entry.deadlineTick = null;
        this.#onExpired(entry);
      }
    }
    this.#swept = Math.max(this.#swept, now);
    if (this.#ticks.size === 0) this.#rest();
  }

  /** Forgets whatever it watches. */
  stop(): void {
    this.#rest();
    this.#ticks.clear();
  }

  #rest(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }
}
