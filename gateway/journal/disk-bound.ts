/**
 * Keeps the journal within its bytes: those it may use, and while the disk is short those its file has. LMDB's map grows
 * by itself, so the bound is checked before writing: a budget is drawn from what is free, spent by estimate, and drawn
 * again from the real page counts when it is used up.
 */
import { join } from 'node:path';
import { type Environment, endBytes, liveBytes, type Table } from '../storage/lmdb-environment.ts';
import { DATA_FILE } from './data-file-ahead.ts';
import { type DiskReport, DiskRoom, type DiskRoomOptions } from './disk-room.ts';
import { JournalError } from './journal-error.ts';

/** Most that is spent between two looks at the page counts. */
const BUDGET_BYTES = 8 * 1024 * 1024;
/** Pages are seldom full, and each record has an entry in the index. */
const ESTIMATE_FACTOR = 1.5;
const ESTIMATE_ENTRY_BYTES = 128;

export interface DiskBoundOptions {
  /** Folder of the environment. */
  readonly dir: string;
  readonly maxBytes: number;
  /** Default: the disk is not watched. */
  readonly disk?: DiskRoomOptions;
}

export class DiskBound {
  readonly #environment: Environment;
  readonly #tables: readonly Table[];
  readonly #maxBytes: number;
  readonly #room: DiskRoom | null;
  #budgetBytes = 0;

  constructor(environment: Environment, tables: readonly Table[], { dir, maxBytes, disk }: DiskBoundOptions) {
    this.#environment = environment;
    this.#tables = tables;
    this.#maxBytes = maxBytes;
    this.#room = disk ? this.#watched(dir, disk) : null;
  }

  get usedBytes(): number {
    return liveBytes(this.#environment, this.#tables);
  }

  /** Bytes that may be used now. */
  get boundBytes(): number {
    return this.#room?.boundBytes ?? this.#maxBytes;
  }

  /** Null where the disk is not watched. */
  get disk(): DiskReport | null {
    return this.#room?.report ?? null;
  }

  /** Takes room for records of these sizes. Throws JournalError `full` when there is none; `pendingBytes`: of records queued. */
  take(recordBytes: number, records: number, pendingBytes: () => number): void {
    const wanted = recordBytes * ESTIMATE_FACTOR + records * ESTIMATE_ENTRY_BYTES;
    if (this.#budgetBytes < wanted) {
      const freeBytes = this.boundBytes - this.usedBytes - pendingBytes() * ESTIMATE_FACTOR;
      if (freeBytes < wanted) throw new JournalError('full', this.#whyFull());
      this.#budgetBytes = Math.max(wanted, Math.min(freeBytes, BUDGET_BYTES));
    }
    this.#budgetBytes -= wanted;
  }

  async stop(): Promise<void> {
    await this.#room?.stop();
  }

  #watched(dir: string, disk: DiskRoomOptions): DiskRoom {
    const watched = {
      file: join(dir, DATA_FILE),
      maxBytes: this.#maxBytes,
      endBytes: () => endBytes(this.#environment),
      usedBytes: () => this.usedBytes,
    };
    const onChange = (report: DiskReport) => {
      // Drawn from another bound.
      this.#budgetBytes = 0;
      disk.onChange?.(report);
    };
    return new DiskRoom(watched, { ...disk, onChange });
  }

  #whyFull(): string {
    const { disk } = this;
    if (disk === null || disk.state === 'ok') {
      return `the journal has reached its bound of ${this.#maxBytes} bytes`;
    }
    return disk.refusal === null
      ? `the disk has ${disk.freeBytes} bytes left, fewer than its reserve, and the journal's file is full`
      : `the disk refuses to be written (${disk.refusal}), and the journal's file is full`;
  }
}
