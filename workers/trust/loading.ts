/**
 * Work that is done a little at a time, so that a thread which does it goes on proving between two steps. A step is one
 * anchor, a piece of the list, or the table of one key: a millisecond or two. Only reading the JSON is one step whatever its
 * size, some 6 ms for a million bytes.
 */
export type Loading<Result> = Generator<undefined, Result>;

/** For who has nothing else to do meanwhile. */
export function finish<Result>(loading: Loading<Result>): Result {
  let step = loading.next();
  while (step.done !== true) step = loading.next();
  return step.value;
}
