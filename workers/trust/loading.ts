/**
 * Work that is done a little at a time, so that a thread which does it goes on proving between two steps. A step is one
 * anchor, a few thousand revocations, or one table of a key: two milliseconds at the most.
 */
export type Loading<Result> = Generator<undefined, Result>;

/** For who has nothing else to do meanwhile. */
export function finish<Result>(loading: Loading<Result>): Result {
  let step = loading.next();
  while (step.done !== true) step = loading.next();
  return step.value;
}
