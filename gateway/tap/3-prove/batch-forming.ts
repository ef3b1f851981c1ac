/** How many of the taps that wait make the next batch. A pure decision; `prove.ts` has the clock and the threads. */

/** Lanes of the engine: five signatures take as long as eight, nine as long as sixteen. */
export const LANES = 8;
/**
 * How long taps wait at most for others to fill the lanes, and only when another batch has just begun. A lone tap goes
 * at once.
 */
export const GATHER_MS = 1;
/**
 * Every batch has a fixed cost, and one given to a busy thread only waits there. So fewer taps than this wait here for more
 * to join them.
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
