/**
 * When the next commit begins: at once after a pause, and under load not before some time has passed since the one
 * before began.
 */

/**
 * A commit costs the same for one record as for twenty: two threads are woken, and the pages above the records are
 * written anew, some 150 microseconds of CPU. Proofs end every millisecond under load; two of their batches in one
 * commit halve that, and a tap waits a millisecond longer, of the ten it may take.
 */
export const COMMIT_PACE_MS = 2;

export class CommitPace {
  readonly #begin: () => void;
  readonly #paceMs: number;
  #beganAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;

  /** `begin`: begins a commit, and says so by `began`. */
  constructor(begin: () => void, paceMs = COMMIT_PACE_MS) {
    this.#begin = begin;
    this.#paceMs = paceMs;
  }

  /** There is something to commit and no commit under way: begins one, now or when it is time. */
  wanted(): void {
    if (this.#timer !== null) return;
    const waitMs = this.#beganAt + this.#paceMs - performance.now();
    if (waitMs <= 0) this.#begin();
    else this.#timer = setTimeout(this.#begin, waitMs);
  }

  /** A commit begins, which takes all that is waiting. */
  began(): void {
    this.#beganAt = performance.now();
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
  }
}
