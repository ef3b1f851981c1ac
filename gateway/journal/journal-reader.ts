/**
 * Reading the journal, in the gateway or beside it. Two tables: `records` by position, and `taps`, which leads from a
 * tap to the position of its record.
 */
import {
  type Environment,
  openEnvironmentReadOnly,
  openTable,
  type Table,
} from '../storage/lmdb-environment.ts';
import { checkLmdbFile, LmdbFileError, lmdbDataFile } from '../storage/lmdb-file.ts';
import type { TapId } from '../verification.ts';
import { JOURNAL_WAYS_OUT, JournalError } from './journal-error.ts';
import {
  everyEpoch,
  JOURNAL_TABLE_COUNT,
  JOURNAL_TABLES,
  type Lineage,
  readEpoch,
  readLineage,
} from './journal-tables.ts';
import type { DecisionRecord } from './record/record.ts';
import { decodeRecord, type StoredRecord } from './record/record-codec.ts';
import { positionKey, readPosition, readTapKey, streamPrefix, tapKey } from './record/record-keys.ts';

const PAGE_RECORDS = 1_000;

/** Told of a record that cannot be read and is passed over. */
export type OnDamaged = (error: JournalError) => void;

export interface JournalEntry {
  readonly position: number;
  /** Null: it is damaged. */
  readonly record: DecisionRecord | null;
}

export class JournalReader {
  readonly environment: Environment;
  readonly records: Table;
  readonly taps: Table;
  readonly cursors: Table;

  /** Throws JournalError `unusable` when the environment is no journal. */
  constructor(environment: Environment) {
    const [records, taps, cursors] = [
      openTable(environment, JOURNAL_TABLES.records),
      openTable(environment, JOURNAL_TABLES.taps),
      openTable(environment, JOURNAL_TABLES.cursors),
    ];
    if (!records || !taps || !cursors) throw new JournalError('unusable', 'the folder holds no journal');
    this.environment = environment;
    this.records = records;
    this.taps = taps;
    this.cursors = cursors;
  }

  /** 16 hex digits that no other journal has; null in one that no newer gateway has opened. */
  get epoch(): string | null {
    return readEpoch(this.cursors);
  }

  /** The epochs and what each names; null as above. */
  get lineage(): Lineage | null {
    return readLineage(this.cursors);
  }

  /** Every epoch that is or was in force, the one in force last. */
  get everyEpoch(): readonly string[] {
    return everyEpoch(this.cursors);
  }

  /** Sees what was committed until now, by this process or another. */
  refresh(): void {
    this.environment.resetReadTxn();
  }

  /** Position of the oldest record kept; 0 when there is none. */
  get firstPosition(): number {
    for (const key of this.records.getKeys({ limit: 1 })) return readPosition(key);
    return 0;
  }

  /** Position of the newest record; 0 when there is none. */
  get lastPosition(): number {
    for (const key of this.records.getKeys({ reverse: true, limit: 1 })) return readPosition(key);
    return 0;
  }

  /** The record of a position, or null. Throws JournalError `corrupt`. */
  at(position: number): StoredRecord | null {
    const bytes = this.records.get(positionKey(position));
    return bytes ? decodeRecord(position, bytes) : null;
  }

  /** Records as they are stored, from a position on, in order. */
  *stored(from: number): Generator<{ readonly position: number; readonly bytes: Buffer }> {
    for (const { key, value } of this.records.getRange({ start: positionKey(from) }))
      yield { position: readPosition(key), bytes: value };
  }

  /** Where the index says a tap's record is, or null. The newest records are not in the index yet. */
  indexedPosition(tap: TapId): number | null {
    const value = this.taps.get(tapKey(tap));
    return value ? readPosition(value) : null;
  }

  /** The record of a tap at the position known for it; null when it was trimmed. Throws JournalError `corrupt`. */
  recordOf(tap: TapId, position: number): DecisionRecord | null {
    const stored = this.at(position);
    if (!stored) {
      if (position < this.firstPosition) return null;
      throw new JournalError('corrupt', `the index names position ${position}, where no record is`);
    }
    if (!tapKey(stored.record.tap).equals(tapKey(tap))) {
      throw new JournalError(
        'corrupt',
        `the index leads to the record of another tap at position ${position}`,
      );
    }
    return stored.record;
  }

  /** Highest sequence number of a stream in the index; -1 when there is none. */
  highestSeq(deviceId: string, stream: string): number {
    const keys = this.taps.getKeys({
      start: tapKey({ deviceId, stream, seq: Number.MAX_SAFE_INTEGER }),
      end: streamPrefix(deviceId, stream),
      reverse: true,
      limit: 1,
    });
    for (const key of keys) return readTapKey(key).seq;
    return -1;
  }

  /** Records after a position, in order. `onDamaged` is told of those that cannot be read; default: it throws. */
  after(position: number, limit: number, onDamaged: OnDamaged = rethrow): DecisionRecord[] {
    return this.#page(position, limit, onDamaged).flatMap(({ record }) => (record ? [record] : []));
  }

  /** Every record after a position that there is now. */
  *allAfter(position: number, onDamaged: OnDamaged = rethrow): Generator<DecisionRecord> {
    for (const { record } of this.entriesAfter(position, onDamaged)) if (record) yield record;
  }

  /** Every position that is taken after one, in order, with its record; null where that cannot be read. */
  *entriesAfter(position: number, onDamaged: OnDamaged = rethrow): Generator<JournalEntry> {
    const last = this.lastPosition;
    for (let from = position; from < last; ) {
      const page = this.#page(from, PAGE_RECORDS, onDamaged);
      yield* page;
      from = page.at(-1)?.position ?? last;
    }
  }

  /** The taps that the index leads to these positions. Looks through all of it. */
  tapsAt(positions: ReadonlySet<number>): ReadonlyMap<number, TapId> {
    const found = new Map<number, TapId>();
    for (const { key, value } of this.taps.getRange({})) {
      const position = readPosition(value);
      if (positions.has(position)) found.set(position, readTapKey(key));
    }
    return found;
  }

  /**
   * Records decided at or after a time, in order. The clock may have been set back, so records are not in order of
   * time; but each carries the latest time up to it, which never falls: a binary search by that finds the first.
   */
  *since(atMs: number, onDamaged: OnDamaged = rethrow): Generator<DecisionRecord> {
    if (this.firstPosition === 0) return;
    for (const record of this.allAfter(this.lastBefore(atMs, onDamaged), onDamaged)) {
      if (record.atMs >= atMs) yield record;
    }
  }

  /** Newest position that was decided before a time, as was every record before it; 0 when there is none. */
  lastBefore(atMs: number, onDamaged: OnDamaged = rethrow): number {
    let [low, high] = [this.firstPosition, this.lastPosition + 1];
    if (low === 0) return 0;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const stored = this.#firstReadable(middle, high, onDamaged);
      if (stored && stored.peakMs < atMs) low = stored.record.position + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Latest time of any record; 0 when there is none. */
  latestMs(onDamaged: OnDamaged = rethrow): number {
    for (let position = this.lastPosition; position >= Math.max(1, this.firstPosition); position -= 1) {
      const stored = readable(() => this.at(position), onDamaged);
      if (stored) return stored.peakMs;
    }
    return 0;
  }

  #page(position: number, limit: number, onDamaged: OnDamaged): JournalEntry[] {
    const entries: JournalEntry[] = [];
    for (const { key, value } of this.records.getRange({ start: positionKey(position + 1), limit })) {
      const at = readPosition(key);
      const stored = readable(() => decodeRecord(at, value), onDamaged);
      entries.push({ position: at, record: stored?.record ?? null });
    }
    return entries;
  }

  #firstReadable(from: number, before: number, onDamaged: OnDamaged): StoredRecord | null {
    for (let position = from; position < before; position += 1) {
      const stored = readable(() => this.at(position), onDamaged);
      if (stored) return stored;
    }
    return null;
  }

  /** A position kept under a name, 0 when none was. */
  cursor(name: string): number {
    const value = this.note(name);
    return value ? readPosition(value) : 0;
  }

  /** Bytes kept under a name. */
  note(name: string): Buffer | null {
    return this.cursors.get(Buffer.from(name, 'utf8')) ?? null;
  }

  async close(): Promise<void> {
    await this.environment.close();
  }
}

function rethrow(error: JournalError): never {
  throw error;
}

/** What is read; null, and told, when a record cannot be. */
export function readable<T>(read: () => T, onDamaged: OnDamaged): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof JournalError) || error.code !== 'corrupt') throw error;
    onDamaged(error);
    return null;
  }
}

/** Opens a journal that a gateway may be writing now. Throws JournalError `unusable`, before a damaged file is mapped. */
export function openJournalReader(folder: string): JournalReader {
  let environment: Environment;
  try {
    checkLmdbFile(lmdbDataFile(folder));
    environment = openEnvironmentReadOnly(folder, JOURNAL_TABLE_COUNT);
  } catch (cause) {
    throw unopened(folder, cause as Error);
  }
  return new JournalReader(environment);
}

function unopened(folder: string, cause: Error): JournalError {
  const why = cause instanceof LmdbFileError ? `${cause.message}. ${JOURNAL_WAYS_OUT}` : cause.message;
  return new JournalError('unusable', `no journal can be opened in ${folder}: ${why}`, { cause });
}
