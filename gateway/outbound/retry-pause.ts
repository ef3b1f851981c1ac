/**
 * Exponential backoff with jitter, so that gateways do not retry in step. The longest wait is shorter while the platform is
 * known to answer.
 */
import { PlatformError } from './platform-error.ts';

export interface RetryBounds {
  /** First wait after a failure; doubles with each. Default 250 ms. */
  readonly firstMs: number;
  /** Longest wait, and the wait after a refusal that trying again will hardly change. Default 30 s. */
  readonly longestMs: number;
  /** Longest wait while the platform answers. Default 2 s. */
  readonly longestAnsweringMs: number;
}

const DEFAULTS: RetryBounds = { firstMs: 250, longestMs: 30_000, longestAnsweringMs: 2_000 };
/** Part of a wait that is left to chance. */
const JITTER = 0.5;
/** Refusals that may pass by themselves: a token being changed, a time-out, too large a request, too many of them. */
const PASSING_STATUSES: readonly number[] = [401, 403, 408, 413, 429];

export class RetryPause {
  readonly #bounds: RetryBounds;
  readonly #stopping: AbortSignal;
  #wake: () => void = () => {};
  #failures = 0;
  #platformAnswers = false;

  constructor(bounds: Partial<RetryBounds>, stopping: AbortSignal) {
    this.#bounds = { ...DEFAULTS, ...bounds };
    this.#stopping = stopping;
  }

  setPlatformAnswers(answers: boolean): void {
    const came = answers && !this.#platformAnswers;
    this.#platformAnswers = answers;
    if (came) this.nudge();
  }

  /** Ends a wait, and forgets how often it failed. */
  nudge(): void {
    this.#failures = 0;
    this.#wake();
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Waits for something to do. */
  async idle(ms: number): Promise<void> {
    await this.#wait(ms);
  }

  async afterFailure(error: Error): Promise<void> {
    const ms = this.delayMs(error);
    this.#failures += 1;
    await this.#wait(ms);
  }

  /** The wait after the next failure, before it is jittered, milliseconds. */
  delayMs(error: Error): number {
    const { firstMs, longestMs, longestAnsweringMs } = this.#bounds;
    if (isLasting(error)) return longestMs;
    const longest = this.#platformAnswers ? Math.min(longestAnsweringMs, longestMs) : longestMs;
    return Math.min(longest, firstMs * 2 ** this.#failures);
  }

  /** Several times a second, all the time: signals and their controllers for each would be a third of what an idle link costs. */
  #wait(ms: number): Promise<void> {
    const waitMs = ms * (1 - JITTER * Math.random());
    const stopping = this.#stopping;
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        stopping.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, waitMs);
      this.#wake = end;
      stopping.addEventListener('abort', end);
      if (stopping.aborted) end();
    });
  }
}

/** The platform understood and refuses: the same request will hardly be taken next time. */
function isLasting(error: Error): boolean {
  if (!(error instanceof PlatformError) || error.status === null) return false;
  return error.status >= 400 && error.status < 500 && !PASSING_STATUSES.includes(error.status);
}
