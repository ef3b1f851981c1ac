/** Pauses between attempts: doubled each time, drawn at random below that, so that a fleet does not return as one. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** In [0, 1). Default: Math.random. */
  readonly random?: () => number;
}

export class Backoff {
  readonly #options: BackoffOptions;
  #attempts = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** The next pause, milliseconds: between half of the step and the step. */
  next(): number {
    const { firstMs, maxMs, random = Math.random } = this.#options;
    const step = Math.min(maxMs, firstMs * 2 ** Math.min(this.#attempts, 30));
    this.#attempts++;
    return step / 2 + (random() * step) / 2;
  }

  reset(): void {
    this.#attempts = 0;
  }
}
