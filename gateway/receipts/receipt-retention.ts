/** Forgets receipts and references when their time is over: once per hour, a few in one commit. */
import type { ReceiptStore } from './receipt-store.ts';

export interface ReceiptRetentionOptions {
  readonly store: Pick<ReceiptStore, 'forget'>;
  readonly keepDays: number;
  readonly referenceKeepDays: number;
  /** What is surely past, milliseconds since 1970 UTC: a clock that jumps ahead gives no reference back. */
  readonly forgetMs: () => number;
  readonly onFault: (error: Error) => void;
}

const EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

export class ReceiptRetention {
  readonly #options: ReceiptRetentionOptions;
  readonly #timer: NodeJS.Timeout;
  #working: Promise<void>;
  #stopping = false;

  constructor(options: ReceiptRetentionOptions) {
    this.#options = options;
    this.#working = this.#forget();
    this.#timer = setInterval(() => {
      this.#working = this.#working.then(() => this.#forget());
    }, EVERY_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    await this.#working;
  }

  async #forget(): Promise<void> {
    const { store, keepDays, referenceKeepDays, forgetMs, onFault } = this.#options;
    try {
      const nowMs = forgetMs();
      for (let isMore = true; isMore && !this.#stopping; ) {
        isMore = await store.forget(nowMs - keepDays * DAY_MS, nowMs - referenceKeepDays * DAY_MS);
      }
    } catch (error) {
      onFault(error as Error);
    }
  }
}
