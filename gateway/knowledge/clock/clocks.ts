/** Where time is read from: the machine's two clocks, or cells that somebody else sets. */

export interface Clocks {
  /** Milliseconds since 1970 UTC, by the machine: it can be wrong, and set at any moment. */
  readonly now: () => number;
  /** Milliseconds from one fixed moment, the same for all threads of the process; never set. */
  readonly monotonic: () => number;
  /** Read instead of the machine by every thread (`clocksIn`); null: these are the machine's own clocks. */
  readonly cells: SharedArrayBuffer | null;
}

/** `performance.now()` counts from the start of each thread; this clock is one for the whole process. */
export const MACHINE_CLOCKS: Clocks = {
  now: () => Date.now(),
  monotonic: () => {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1_000 + nanoseconds / 1_000_000;
  },
  cells: null,
};

const WALL = 0;
const MONOTONIC = 1;
/** Bytes of the cells: two 64-bit numbers, the wall clock and the monotonic one, milliseconds. */
export const CLOCK_CELLS_BYTES = 16;

/** Clocks that stand where whoever shares the cells has set them. Null: the machine's. */
export function clocksIn(cells: SharedArrayBuffer | null): Clocks {
  if (cells === null) return MACHINE_CLOCKS;
  const values = new Float64Array(cells);
  return { now: () => values[WALL] ?? 0, monotonic: () => values[MONOTONIC] ?? 0, cells };
}

/** Sets cells that `clocksIn` reads. */
export function setClockCells(cells: SharedArrayBuffer, wallMs: number, monotonicMs: number): void {
  const values = new Float64Array(cells);
  values[WALL] = wallMs;
  values[MONOTONIC] = monotonicMs;
}
