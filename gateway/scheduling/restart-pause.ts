/** How long to wait before a thread that died is started again: longer each time, and never the same at two gateways. */
import { ExponentialBackoff, type IBackoff, noJitterGenerator } from 'cockatiel';

/** Part of a pause that is left to chance. */
const JITTER = 0.5;

export class RestartPause {
  readonly #first: () => IBackoff<unknown>;
  #next: IBackoff<unknown>;

  constructor({ firstMs, longestMs }: { readonly firstMs: number; readonly longestMs: number }) {
    const steps = new ExponentialBackoff({
      initialDelay: firstMs,
      maxDelay: longestMs,
      generator: noJitterGenerator,
    });
    this.#first = () => steps.next();
    this.#next = this.#first();
  }

  /** The next pause, milliseconds: between half of the step and the step. */
  next(): number {
    const { duration } = this.#next;
    this.#next = this.#next.next(undefined);
    return duration * (1 - JITTER * Math.random());
  }

  /** The thread had started well: the pauses begin anew. */
  reset(): void {
    this.#next = this.#first();
  }
}
