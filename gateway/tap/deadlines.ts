/**
 * Deadlines of all taps in flight on one timer: a wheel of short ticks, no timer a tap. A tap that ends is let go at once:
 * held until its deadline, half a second of taps would grow old in memory, and be collected the dear way.
 */
import type { Flight } from './flight.ts';

const TICK_MS = 5;
/** A refusal must still reach the gate before its deadline, so it leaves this much earlier. */
const MARGIN_MS = 15;

export class Deadlines {
  readonly #ticks = new Map<number, (Flight | null)[]>();
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
    let flights = this.#ticks.get(tick);
    if (flights === undefined) {
      flights = [];
      this.#ticks.set(tick, flights);
    }
    flight.deadlineTick = flights;
    flight.deadlineSlot = flights.length;
    flights.push(flight);
  }

  /** The flight ended: its deadline means nothing any more. */
  release(flight: Flight): void {
    if (flight.deadlineTick !== null) flight.deadlineTick[flight.deadlineSlot] = null;
    flight.deadlineTick = null;
  }

  #sweep(): void {
    const now = Math.floor(this.#clock() / TICK_MS);
    for (let tick = this.#swept + 1; tick <= now && this.#ticks.size > 0; tick += 1) {
      const flights = this.#ticks.get(tick);
      if (!flights) continue;
      this.#ticks.delete(tick);
      for (const flight of flights) if (flight !== null) this.#expire(flight);
    }
    this.#swept = now;
    if (this.#ticks.size === 0) this.stop();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }
}
