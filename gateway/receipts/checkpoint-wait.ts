/** A checkpoint that covers a record: the newest, or one that is made for those who wait, at most one in so much time. */
import { setTimeout as wait } from 'node:timers/promises';
import type { SignedCheckpoint } from '../journal/log/checkpoint.ts';

/** The log, as far as it is needed here. */
export interface CheckpointSource {
  covering(position: number): SignedCheckpoint | null;
  checkpoint(): Promise<void>;
}

export interface CheckpointWaitOptions {
  readonly log: CheckpointSource;
  /** Between two that are made for receipts. */
  readonly everyMs: number;
  /** How long one receipt waits. */
  readonly timeoutMs: number;
}

export class CheckpointWait {
  readonly #options: CheckpointWaitOptions;
  #next: Promise<void> | null = null;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(options: CheckpointWaitOptions) {
    this.#options = options;
  }

  /** Null: none came in time. */
  async covering(position: number): Promise<SignedCheckpoint | null> {
    const { log, timeoutMs } = this.#options;
    const untilMs = performance.now() + timeoutMs;
    for (;;) {
      const covering = log.covering(position);
      if (covering !== null) return covering;
      if (performance.now() >= untilMs) return null;
      this.#next ??= this.#make().finally(() => {
        this.#next = null;
      });
      await this.#next;
    }
  }

  async #make(): Promise<void> {
    const { log, everyMs } = this.#options;
    const pauseMs = this.#lastMs + everyMs - performance.now();
    if (pauseMs > 0) await wait(pauseMs);
    this.#lastMs = performance.now();
    // The log says itself what it could not write; whoever waits is told that there is none.
    await log.checkpoint().catch(() => {});
  }
}
