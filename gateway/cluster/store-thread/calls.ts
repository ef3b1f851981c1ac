/**
 * When the thread of the store calls the main thread to read what was answered. To wake a thread that waits costs the one that calls
 * some 20 µs and the other 50. A main thread that is busy reads by itself, whenever it is awake for something else: it is called only
 * for what still lies there then.
 */
import type { RingWriter } from './byte-ring.ts';
import { WORDS } from './messages.ts';

/** So long an answer may lie there; timers are as coarse as that. */
const LIES_MS = 1;
/** A main thread that reads more often is busy. */
const BUSY_LOOKS_PER_MS = 1;

export interface CallsOptions {
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly answers: Pick<RingWriter, 'isEmpty'>;
  /** Wakes the main thread. */
  readonly call: () => void;
  /** Monotonic, milliseconds. */
  readonly now: () => number;
}

export class Calls {
  readonly #options: CallsOptions;
  #timer: NodeJS.Timeout | null = null;
  #looks = 0;
  #countedAt = Number.NEGATIVE_INFINITY;
  #isBusy = false;

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  /** Something was answered. */
  answered(): void {
    this.#count();
    if (this.#isBusy) this.#timer ??= setTimeout(this.#look, LIES_MS);
    else this.#callMain();
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  readonly #look = (): void => {
    this.#timer = null;
    if (!this.#options.answers.isEmpty) this.#callMain();
  };

  #count(): void {
    const now = this.#options.now();
    const passedMs = now - this.#countedAt;
    if (passedMs < LIES_MS) return;
    const looks = Atomics.load(this.#options.words, WORDS.looks);
    this.#isBusy = ((looks - this.#looks) >>> 0) / passedMs > BUSY_LOOKS_PER_MS;
    this.#looks = looks;
    this.#countedAt = now;
  }

  #callMain(): void {
    const { words, call } = this.#options;
    if (Atomics.exchange(words, WORDS.isMainCalled, 1) === 0) call();
  }
}
