/**
 * Asks a process that holds keys: each thing within a deadline, once more over a new connection where that fails, and not at all
 * for a while after too many failures in a row, so that whoever waits is told at once.
 */
import { CryptoError } from '../crypto-error.ts';
import type { KeyHolderEvents } from '../key-holder.ts';
import { away, type HolderLink } from './link.ts';
import type { Answer } from './messages.ts';

export interface AskerOptions {
  readonly open: (deadlineMs: number) => Promise<HolderLink>;
  /** Of one attempt. */
  readonly deadlineMs: number;
  /** Operations in a row that fail before it is not asked for `pauseMs`. */
  readonly failuresMax: number;
  readonly pauseMs: number;
  readonly events: KeyHolderEvents;
}

/** Operations that wait for their turn. */
const WAITING_MAX = 1_024;
const ATTEMPTS = 2;

export class HolderAsker {
  readonly #options: AskerOptions;
  #link: HolderLink | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #failures = 0;
  #askAgainMs = 0;
  /** Why it is never started again. */
  #refusal: CryptoError | null = null;
  #isClosed = false;

  constructor(options: AskerOptions) {
    this.#options = options;
  }

  /**
   * Resolves to what `take` makes of the answer; what it throws is a failure like silence, unless `isFinal` says that asking again
   * would be of no use. Rejects with CryptoError `held_elsewhere`, or what `take` threw.
   */
  ask<T>(request: Uint8Array, take: (answer: Answer) => T, isFinal: (error: unknown) => boolean): Promise<T> {
    if (this.#waiting >= WAITING_MAX) return Promise.reject(away('too much waits for it'));
    this.#waiting += 1;
    const done = this.#turn
      .then(() => this.#inTurn(request, take, isFinal))
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#turn = done.catch(() => {});
    return done;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#link?.close();
    await this.#turn;
  }

  async #inTurn<T>(
    request: Uint8Array,
    take: (answer: Answer) => T,
    isFinal: (error: unknown) => boolean,
  ): Promise<T> {
    const { events, failuresMax, pauseMs } = this.#options;
    if (this.#refusal) throw this.#refusal;
    const leftMs = this.#askAgainMs - performance.now();
    if (leftMs > 0) throw away(`it failed too often, and is asked again in ${Math.ceil(leftMs)} ms`);
    for (let attempt = 1; ; attempt += 1) {
      if (this.#isClosed) throw away('it was closed');
      try {
        const taken = await this.#attempt(request, take);
        this.#failures = 0;
        return taken;
      } catch (error) {
        if (isFinal(error)) throw error;
        if (!this.#isClosed) events.failed((error as Error).message);
        if (attempt < ATTEMPTS) continue;
        this.#failures += 1;
        if (this.#failures >= failuresMax) this.#askAgainMs = performance.now() + pauseMs;
        throw error;
      }
    }
  }

  async #attempt<T>(request: Uint8Array, take: (answer: Answer) => T): Promise<T> {
    const { deadlineMs, events } = this.#options;
    const beganMs = performance.now();
    if (this.#link === null || this.#link.isOver) this.#link = await this.#opened();
    const taken = take(await this.#link.ask(request, deadlineMs));
    events.answered(performance.now() - beganMs);
    return taken;
  }

  async #opened(): Promise<HolderLink> {
    const { open, deadlineMs, events } = this.#options;
    try {
      return await open(deadlineMs);
    } catch (error) {
      if (error instanceof CryptoError && error.code === 'unusable') {
        this.#refusal = error;
        events.failed(error.message);
      }
      throw error;
    }
  }
}
