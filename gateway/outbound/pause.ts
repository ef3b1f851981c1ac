/** Waiting that ends early when asked, and that keeps many gateways from doing the same at the same moment. */
import { setTimeout as wait } from 'node:timers/promises';

/** A time up to `part` of it shorter or longer. */
export function jittered(ms: number, part: number): number {
  return ms * (1 + part * (2 * Math.random() - 1));
}

/** Waits, or returns at once when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => {});
}
