/** How many of the taps that wait make the next batch. A pure decision; `3-prove.ts` has the clock and the threads. */

/** The engine verifies so many signatures side by side: five take it as long as eight, nine as long as sixteen. */
export const LANES = 8;
/**
 * How long taps wait at most for others to fill the lanes, and only when another batch has just begun. A lone tap goes
 * at once.
 */
export const GATHER_MS = 1;
/**
 * A batch given to a thread that is still busy only waits there, so it must be worth it: every batch has a price of its
 * own. Fewer taps wait here for more to join them.
 */
const WORTH_QUEUEING_ITEMS = 2 * LANES;

export interface Waiting {
  /** Taps that wait. */
  readonly items: number;
  /** Whether every thread has work already. */
  readonly allBusy: boolean;
  /** Since the last batch began, milliseconds. */
  readonly sinceLastMs: number;
}

/** 0: none yet. */
export function nextBatchItems({ items, allBusy, sinceLastMs }: Waiting): number {
  if (allBusy && items < WORTH_QUEUEING_ITEMS) return 0;
  const full = items - (items % LANES);
  if (full > 0) return full;
  return sinceLastMs < GATHER_MS ? 0 : items;
}
