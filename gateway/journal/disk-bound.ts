/**
 * Keeps the journal within its bytes. LMDB's map grows by itself, so the bound is checked before writing: a budget
 * is drawn from what is free, spent by estimate, and drawn again from the real page counts when it is used up.
 */
import { type Environment, liveBytes, type Table } from '../storage/lmdb-environment.ts';
import { JournalError } from './journal-error.ts';

/** Most that is spent between two looks at the page counts. */
const BUDGET_BYTES = 8 * 1024 * 1024;
/** Pages are seldom full, and each record has an entry in the index. */
const ESTIMATE_FACTOR = 1.5;
const ESTIMATE_ENTRY_BYTES = 128;

export class DiskBound {
  readonly #environment: Environment;
  readonly #tables: readonly Table[];
  readonly #maxBytes: number;
  #budgetBytes = 0;

  constructor(environment: Environment, tables: readonly Table[], maxBytes: number) {
    this.#environment = environment;
    this.#tables = tables;
    this.#maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return liveBytes(this.#environment, this.#tables);
  }

  /** Takes room for records of these sizes. Throws JournalError `full` when there is none; `pendingBytes`: of records queued. */
  take(recordBytes: number, records: number, pendingBytes: () => number): void {
    const wanted = recordBytes * ESTIMATE_FACTOR + records * ESTIMATE_ENTRY_BYTES;
    if (this.#budgetBytes < wanted) {
      const freeBytes = this.#maxBytes - this.usedBytes - pendingBytes() * ESTIMATE_FACTOR;
      if (freeBytes < wanted) {
        throw new JournalError('full', `the journal has reached its bound of ${this.#maxBytes} bytes`);
      }
      this.#budgetBytes = Math.max(wanted, Math.min(freeBytes, BUDGET_BYTES));
    }
    this.#budgetBytes -= wanted;
  }
}
