/** Deadlines of all taps in flight on one timer: a wheel of short ticks, no timer a tap. */
import type { Flight } from './flight.ts';

const TICK_MS = 5;
/** A refusal must still reach the gate before its deadline, so it leaves this much earlier. */
const MARGIN_MS = 15;

export class Deadlines {
  readonly #ticks = new Map<number, Flight[]>();
  readonly #expire: (flight: Flight) => void;
  readonly #clock: () => number;
  #timer: NodeJS.Timeout | null = null;
  #swept = 0;

  constructor(clock: () => number, expire: (flight: Flight) => void) {
    this.#clock = clock;
    this.#expire = expire;
  }

  watch(flight: Flight): void {
    if (this.#timer === null) {
      this.#swept = Math.floor(this.#clock() / TICK_MS);
      this.#timer = setInterval(() => this.#sweep(), TICK_MS);
    }
    const tick = Math.max(Math.floor((flight.deadlineAt - MARGIN_MS) / TICK_MS), this.#swept + 1);
    const flights = this.#ticks.get(tick);
    if (flights) flights.push(flight);
    else this.#ticks.set(tick, [flight]);
  }

  #sweep(): void {
    const now = Math.floor(this.#clock() / TICK_MS);
    for (let tick = this.#swept + 1; tick <= now && this.#ticks.size > 0; tick += 1) {
      const flights = this.#ticks.get(tick);
      if (!flights) continue;
      this.#ticks.delete(tick);
      for (const flight of flights) if (flight.state !== 'over') this.#expire(flight);
    }
    this.#swept = now;
    if (this.#ticks.size === 0) this.stop();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }
}
