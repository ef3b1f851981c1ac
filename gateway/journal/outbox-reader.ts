/**
 * Reading the journal on its way out: records as they are stored, and never one that is not yet on disk, because a crash
 * could take that one back and another might come under its position.
 *
 * It may run in another thread than the journal. lmdb-js (3.5, its env.cpp) opens an environment once in a process,
 * however many threads ask for it: they share it, each with read transactions of its own, and the last to close it
 * closes it. A map that grows leaves the older one in place for those who still read it. A database must have been
 * opened by the journal before it is opened here, which it is: the journal opens them when it starts.
 */

import type { Mode } from '../verification.ts';
import { JournalError } from './journal-error.ts';
import { type JournalReader, type OnDamaged, openJournalReader, readable } from './journal-reader.ts';
import type { Lineage } from './journal-tables.ts';
import type { DecisionRecord } from './record/record.ts';
import { decodeRecord } from './record/record-codec.ts';
import { frameFault } from './record/record-frame.ts';
import { positionKey, readPosition, writePositionKey } from './record/record-keys.ts';
import { RecordBlocks } from './record/record-memory.ts';
import { storedMode } from './record/stored-fields.ts';

export interface StoredBatch {
  /** The epoch that all of them are named after. */
  readonly epoch: string;
  /** Position of the first record; the others follow without a gap. */
  readonly first: number;
  /** Each as it is stored (docs/journal-records.md); empty where the first one is damaged. */
  readonly records: readonly Buffer[];
  /** Why the record at `first` is passed over, where it is. */
  readonly damaged: JournalError | null;
}

export interface StoredBatchBounds {
  readonly records: number;
  /** A first record larger than this is taken alone. */
  readonly bytes: number;
}

export class OutboxReader {
  readonly #reader: JournalReader;
  #lineage: Lineage;
  #synced = 0;
  readonly #copies = new RecordBlocks();
  /** LMDB copies a key when it is asked for one. */
  readonly #key = positionKey(0);

  /** Throws JournalError `unusable` when the journal was not opened by a gateway that draws epochs. */
  constructor(reader: JournalReader) {
    this.#reader = reader;
    this.#lineage = lineageOf(reader);
  }

  /** The epoch in force, 16 hex digits that no other journal has. */
  get epoch(): string {
    return this.#lineage.current.epoch;
  }

  /** Which epoch names which records, as of the start or of `epochBegan`. */
  get lineage(): Lineage {
    return this.#lineage;
  }

  /** The journal began a new epoch, which is on disk: names are those of now. */
  epochBegan(): void {
    this.#reader.refresh();
    this.#lineage = lineageOf(this.#reader);
  }

  /** Newest position that is on disk, as far as it was told. */
  get syncedPosition(): number {
    return this.#synced;
  }

  /** Newest position there is, on disk or not. */
  get lastPosition(): number {
    this.#reader.refresh();
    return this.#reader.lastPosition;
  }

  /** Tells it what is on disk. A position below one told before is not believed. */
  setSynced(position: number): void {
    this.#synced = Math.max(this.#synced, position);
  }

  /** Name of a record for the platform. */
  idOf(position: number): string {
    return this.#lineage.idOf(position);
  }

  /** A position kept under a name, 0 when none was. */
  cursor(name: string): number {
    this.#reader.refresh();
    return this.#reader.cursor(name);
  }

  /**
   * The oldest records after a position, up to a gap, a damaged record or a bound; null when there is none. A gap before
   * `first` means that those records were given up.
   */
  storedAfter(position: number, bounds: StoredBatchBounds): StoredBatch | null {
    this.#reader.refresh();
    const first = this.#firstAfter(position);
    if (first === null) return null;
    const { epoch } = this.#lineage.at(first);
    const records: Buffer[] = [];
    let bytes = 0;
    // One upload is of one epoch.
    const named = this.#lineage.lastNamedAs(first);
    const last = Math.min(this.#synced, named, first + bounds.records - 1);
    for (let at = first; at <= last; at += 1) {
      const record = this.#stored(at);
      if (record === null || (at > first && bytes + record.length > bounds.bytes)) break;
      const fault = frameFault(at, record);
      if (fault) {
        if (at === first) return { epoch, first, records, damaged: fault };
        break;
      }
      records.push(record);
      bytes += record.length;
    }
    return records.length === 0 ? null : { epoch, first, records, damaged: null };
  }

  /**
   * Of up to `limit` records after a position those that were decided in a wanted mode, decoded; those that cannot be
   * read are told and passed over.
   */
  decodedAfter(
    position: number,
    limit: number,
    isWanted: (mode: Mode) => boolean,
    onDamaged: OnDamaged,
  ): DecodedSlice {
    this.#reader.refresh();
    const before = Math.max(position, this.#reader.firstPosition - 1);
    const through = Math.min(this.#synced, before + limit);
    const records: DecisionRecord[] = [];
    if (through <= position) return { records, through: position };
    for (let at = before + 1; at <= through; at += 1) {
      const bytes = this.#volatile(at);
      if (bytes === null) continue;
      const mode = storedMode(bytes);
      const fault = frameFault(at, bytes);
      if (fault !== null || mode === null || isWanted(mode)) {
        const stored = readable(() => decodeRecord(at, bytes), onDamaged);
        if (stored) records.push(stored.record);
      }
    }
    return { records, through };
  }

  /** Position of the first record after one, up to what is on disk. */
  #firstAfter(position: number): number | null {
    const [start, end] = [positionKey(position + 1), positionKey(this.#synced + 1)];
    for (const key of this.#reader.records.getKeys({ start, end, limit: 1 })) return readPosition(key);
    return null;
  }

  /** A copy of a stored record, or null. */
  #stored(position: number): Buffer | null {
    const volatile = this.#volatile(position);
    if (volatile === null) return null;
    const { length } = volatile;
    const { bytes } = this.#copies.withRoom(length);
    const start = this.#copies.used;
    bytes.set(volatile, start);
    this.#copies.take(start + length);
    return bytes.subarray(start, start + length);
  }

  /** A stored record, in memory that the next one read overwrites; or null. */
  #volatile(position: number): Buffer | null {
    writePositionKey(this.#key, position);
    const bytes = this.#reader.records.getBinaryFast(this.#key);
    // Its `length` alone says how much of it is the record.
    return bytes === undefined ? null : bytes.subarray(0, bytes.length);
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }
}

export interface DecodedSlice {
  readonly records: readonly DecisionRecord[];
  /** Every record up to here was looked at. */
  readonly through: number;
}

function lineageOf(reader: JournalReader): Lineage {
  const { lineage } = reader;
  if (lineage === null) throw new JournalError('unusable', 'the journal has no epoch yet');
  return lineage;
}

/** Opens the journal of a folder, which a gateway writes. Throws JournalError `unusable`. */
export function openOutboxReader(folder: string): OutboxReader {
  return new OutboxReader(openJournalReader(folder));
}
