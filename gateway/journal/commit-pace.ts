/**
 * Group commit: when the next one begins. At once after a pause; under load no sooner than a set time after the last one
 * began.
 */

/**
 * A commit costs the same for one record as for twenty: two threads are woken and the inner pages of the B+ tree are
 * rewritten (copy-on-write), some 150 µs of CPU. Without a pace there is one every half millisecond. Twice the interval
 * would save a tenth of that, and cost each tap half a millisecond (measured at 20,000 taps/s).
 */
export const COMMIT_PACE_MS = 1;

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

  /**
   * There is something to commit and no commit under way: begins one, now or when it is time. Timers are as coarse as
   * the pace, so whoever asks after its time begins it, whatever the timer says.
   */
  wanted(): void {
    const waitMs = this.#beganAt + this.#paceMs - performance.now();
    if (waitMs <= 0) this.#begin();
    else this.#timer ??= setTimeout(this.#begin, waitMs);
  }

  /** A commit begins, which takes all that is waiting. */
  began(): void {
    this.#beganAt = performance.now();
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
  }
}
