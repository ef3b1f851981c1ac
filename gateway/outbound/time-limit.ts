/**
 * A bound on how long something may take, which can also be given up from outside. `AbortSignal.timeout` and `any` would
 * do it too, but go on when what they bound has ended: the first goes off later all the same, with an error that is made
 * and told to everyone, and the second stays known to the signal it listens to.
 */
export class TimeLimit {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #outside: AbortSignal | undefined;
  #passed = false;

  constructor(ms: number, outside?: AbortSignal) {
    this.#timer = setTimeout(() => {
      this.#passed = true;
      this.#controller.abort();
    }, ms).unref();
    this.#outside = outside;
    if (outside?.aborted) this.#giveUp();
    else outside?.addEventListener('abort', this.#giveUp);
  }

  /** Aborts when the time is over or it is given up; never after `end`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the time was over. */
  get passed(): boolean {
    return this.#passed;
  }

  /** What was bounded has ended. */
  end(): void {
    clearTimeout(this.#timer);
    this.#outside?.removeEventListener('abort', this.#giveUp);
  }

  readonly #giveUp = () => this.#controller.abort();
}
