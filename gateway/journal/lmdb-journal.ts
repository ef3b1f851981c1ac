/**
 * The journal on LMDB, with group commit: while one transaction commits, and under load a moment longer, appends gather,
 * and the next takes them all.
 *
 * Promises:
 * - An append settles when it is as durable as asked (`JournalDurability`).
 * - An append is kept whole or not at all. When one is refused, so is every append queued behind it, and `nextPosition` goes
 *   back: positions have no gaps and none is used twice.
 * - When the disk is full or refuses a write, the process goes on, and appending works again once there is room.
 * - Nothing is ever put where something stands: that another process writes the journal is doubt about the storage.
 * - When a commit neither succeeds nor fails in `stallMs`, or the storage is in doubt, the journal refuses everything
 *   from then on and says so once through `onFailed`: the process should end and start clean.
 */
import { openEnvironment, syncEnvironment } from '../storage/lmdb-environment.ts';
import type { TapId } from '../verification.ts';
import { beginEpoch, type EpochChange } from './begin-epoch.ts';
import { commitEnd } from './commit-end.ts';
import { CommitPace } from './commit-pace.ts';
import { seenByReaders } from './commit-seen.ts';
import { toldOnce } from './damage-told.ts';
import { DiskBound } from './disk-bound.ts';
import { forgetRecords } from './forget-records.ts';
import type { Journal, JournalOptions } from './journal.ts';
import { JournalError } from './journal-error.ts';
import { type JournalEntry, JournalReader } from './journal-reader.ts';
import { drawnLineage, type EpochSpan, JOURNAL_TABLE_COUNT, type Lineage } from './journal-tables.ts';
import { journalNames, type Pseudonyms } from './pseudonym.ts';
import { type EncodedGroup, putGroups } from './put-groups.ts';
import type { DecisionRecord } from './record/record.ts';
import { encodeRecord } from './record/record-codec.ts';
import { positionKey } from './record/record-keys.ts';
import { type IndexSlice, TapIndex } from './record/tap-index.ts';
import { SyncedRecords } from './synced-records.ts';
import { UnseenRecords } from './unseen-records.ts';

export type { JournalDurability, JournalOptions } from './journal.ts';

interface Group extends EncodedGroup {
  readonly bytes: number;
  readonly settle: (error: JournalError | null) => void;
}

/** Records that `none` lets wait unwritten before it makes appends wait too. */
const UNWAITED_RECORDS_MAX = 65_536;
const STANDS = 'is taken already: another process writes this journal';
/** So few that no tap waits noticeably while they are read and forgotten. */
export const TRIM_RECORDS = 128;
/** Some ten for each of a thousand devices; read again in a tenth of a second after a crash. */
const INDEX_ENTRIES = 8_192;
const STALL_MS = 30_000;
/** Address space reserved at first, 16 GiB; a map that outgrows it moves, which takes a moment. */
const RESERVED_BYTES_MAX = 2 ** 34;

export class LmdbJournal implements Journal {
  readonly #options: JournalOptions;
  readonly #reader: JournalReader;
  /** What it may use of the disk, and uses. */
  readonly bound: DiskBound;
  readonly #index: TapIndex;
  readonly pseudonyms: Pseudonyms;
  /** Those of the other profile; null: the journal was never kept in it. */
  readonly formerPseudonyms: Pseudonyms | null;
  #lineage: Lineage;

  #queue: Group[] = [];
  #committing: readonly Group[] = [];
  readonly #pace = new CommitPace(() => this.#commit());
  #nextPosition: number;
  /** Newest position that is kept and seen by readers. */
  #keptPosition: number;
  /** Newest position that is on disk. */
  #syncedPosition: number;
  #peakMs: number;
  #refusal: JournalError | null = null;
  /** `none` only: answered, and not yet seen by readers. */
  readonly #unseen = new UnseenRecords();
  /** Hands on what is on disk. */
  readonly followed = new SyncedRecords();

  constructor(options: JournalOptions) {
    [this.pseudonyms, this.formerPseudonyms] = journalNames(options.dir, options.profile);
    this.#options = options;
    const environment = openEnvironment({
      folder: options.dir,
      syncBeforeVisible: options.durability === 'sync',
      mapBytes: Math.min(options.maxBytes, RESERVED_BYTES_MAX),
      databases: JOURNAL_TABLE_COUNT,
    });
    this.#reader = new JournalReader(environment);
    const { records, taps, cursors, lastPosition } = this.#reader;
    this.#lineage = drawnLineage(cursors, Date.now());
    this.bound = new DiskBound(environment, [records, taps, cursors], options);
    this.#index = new TapIndex(this.#reader, options.indexEntries ?? INDEX_ENTRIES, this.#damaged);
    this.#nextPosition = lastPosition + 1;
    this.#keptPosition = lastPosition;
    this.#syncedPosition = options.durability === 'sync' ? lastPosition : 0;
    this.#peakMs = this.#reader.latestMs(this.#damaged);
    if (options.durability !== 'sync') this.#syncWhatWasThere(lastPosition);
  }

  /** The epoch in force, 16 hex digits that no other journal has. */
  get epoch(): string {
    return this.#lineage.current.epoch;
  }

  get lineage(): Lineage {
    return this.#lineage;
  }

  /** Position the next record must carry. Read it and append in one turn: a refused append sets it back. */
  get nextPosition(): number {
    return this.#nextPosition;
  }

  /** Newest position that is on disk: what may leave for the platform. */
  get syncedPosition(): number {
    return this.#syncedPosition;
  }

  /** Position of the oldest record kept; 0 when there is none. */
  get firstPosition(): number {
    return this.#reader.firstPosition;
  }

  /** Records appended and not yet kept. */
  get pendingRecords(): number {
    return this.#nextPosition - 1 - this.#keptPosition;
  }

  /** Null while the journal takes records. */
  get refusal(): JournalError | null {
    return this.#refusal;
  }

  /**
   * Keeps records, whose positions go on from `nextPosition`. Rejects with a JournalError when none of them is kept;
   * throws TypeError or RangeError (as a rejection) when they are not records in order.
   */
  async append(records: readonly DecisionRecord[]): Promise<void> {
    if (this.#refusal) throw this.#refusal;
    if (records.length === 0) return;
    const { encoded, bytes, peakMs } = this.#encode(records);
    this.bound.take(bytes, records.length, () => this.#pendingBytes());
    this.#peakMs = peakMs;
    this.#nextPosition += records.length;
    const waits = this.#options.durability !== 'none' || this.pendingRecords > UNWAITED_RECORDS_MAX;
    if (!waits) this.#unseen.add(records);
    const kept = new Promise<void>((resolve, reject) => {
      const settle = (error: JournalError | null) => {
        if (!waits) this.#settleUnwaited(records, error);
        if (error === null) resolve();
        else if (waits) reject(error);
      };
      this.#queue.push({ records, encoded, bytes, settle });
    });
    if (this.#committing.length === 0) this.#pace.wanted();
    if (waits) await kept;
  }

  find(tap: TapId): DecisionRecord | null {
    const unseen = this.#unseen.find(tap);
    if (unseen) return unseen;
    const position = this.#index.find(tap);
    return position === null ? null : this.#reader.recordOf(tap, position);
  }

  highestSeq(deviceId: string, stream: string): number {
    return Math.max(this.#index.highestSeq(deviceId, stream), this.#unseen.highestSeq(deviceId, stream));
  }

  /** Records after a position, in order. Throws JournalError `corrupt` when one of them is damaged. */
  after(position: number, limit: number): DecisionRecord[] {
    return this.#reader.after(position, limit);
  }

  /** Records decided at or after a time, in order; damaged ones are passed over and told to `onDamaged`. */
  since(atMs: number): Iterable<DecisionRecord> {
    return this.#reader.since(atMs, this.#damaged);
  }

  /** Every position that may have been decided at or after a time, with its record; null where that is damaged. */
  entriesSince(atMs: number): Iterable<JournalEntry> {
    return this.#reader.entriesAfter(this.lastBefore(atMs), this.#damaged);
  }

  /** The taps that the index leads to these positions. Looks through all of it. */
  tapsAt(positions: ReadonlySet<number>): ReadonlyMap<number, TapId> {
    return this.#reader.tapsAt(positions);
  }

  /** Records as they are stored, from a position on, in order. */
  readonly stored: JournalReader['stored'] = (from) => this.#reader.stored(from);

  /** Newest position that was decided before a time, as was every record before it; 0 when there is none. */
  lastBefore(atMs: number): number {
    return this.#reader.lastBefore(atMs, this.#damaged);
  }

  cursor(name: string): number {
    return this.#reader.cursor(name);
  }

  /** Keeps a position under a name, beside the records. Rejects with JournalError. */
  async saveCursor(name: string, position: number): Promise<void> {
    await this.saveNote(name, positionKey(position));
  }

  note(name: string): Buffer | null {
    return this.#reader.note(name);
  }

  /** Keeps bytes under a name, beside the records. Rejects with JournalError. */
  async saveNote(name: string, bytes: Buffer): Promise<void> {
    if (this.#refusal) throw this.#refusal;
    await this.#settled(this.#reader.cursors.put(Buffer.from(name, 'utf8'), bytes));
  }

  /**
   * Draws a new epoch, which names the records behind a position; cursors behind it go back to it. Resolves when that is
   * on disk; rejects with JournalError. To be called again only then.
   */
  async beginEpoch(change: EpochChange): Promise<EpochSpan> {
    if (this.#refusal) throw this.#refusal;
    const { lineage, written } = beginEpoch(this.#reader, this.#lineage, change);
    await this.#settled(written);
    this.#lineage = lineage;
    return lineage.current;
  }

  /**
   * Forgets the records up to a position, a few at a time, to make room. The newest record always stays, because
   * positions go on from it. Resolves to the number of records forgotten.
   */
  async trim(throughPosition: number): Promise<number> {
    const through = Math.min(throughPosition, this.#syncedPosition - 1);
    const first = this.#reader.firstPosition;
    if (first === 0) return 0;
    await this.followed.settled(through);
    for (let from = first; from <= through; from += TRIM_RECORDS) {
      if (this.#refusal) throw this.#refusal;
      const count = Math.min(TRIM_RECORDS, through - from + 1);
      const removed = forgetRecords(this.#reader, from, count);
      await this.#settled(removed);
    }
    return Math.max(0, through - first + 1);
  }

  /** Resolves when everything that was appended is on disk, or was refused. */
  async allSynced(): Promise<void> {
    while (this.#committing.length + this.#queue.length > 0) {
      if (this.#committing.length === 0) this.#commit();
      await this.#committed;
    }
    await this.#synced;
  }

  /** Waits for what was appended, then closes. Appending afterwards is refused. */
  async close(): Promise<void> {
    if (this.#refusal?.code === 'closed') return;
    const failed = this.#refusal !== null;
    this.#refusal ??= new JournalError('closed', 'the journal is closed');
    if (!failed) await this.allSynced();
    await this.bound.stop();
    // After a failure LMDB's own lock may be held for ever: leave it to the end of the process.
    if (!failed && this.#refusal.code === 'closed') await this.#reader.close();
  }

  #committed: Promise<void> = Promise.resolve();
  #synced: Promise<unknown> = Promise.resolve();
  readonly #damaged = toldOnce((error) => this.#options.onDamaged?.(error));

  #encode(records: readonly DecisionRecord[]): { encoded: Buffer[]; bytes: number; peakMs: number } {
    let peakMs = this.#peakMs;
    let bytes = 0;
    const encoded = records.map((record, i) => {
      if (record.position !== this.#nextPosition + i) {
        throw new TypeError(`position ${record.position} where ${this.#nextPosition + i} comes next`);
      }
      peakMs = Math.max(peakMs, record.atMs);
      const one = encodeRecord(record, peakMs);
      bytes += one.length;
      return one;
    });
    return { encoded, bytes, peakMs };
  }

  #commit(): void {
    this.#pace.began();
    const groups = this.#queue;
    if (groups.length === 0) return;
    this.#queue = [];
    if (this.#refusal?.code === 'failed') {
      this.#refuse(this.#refusal, groups);
      return;
    }
    this.#committing = groups;
    this.#committed = this.#commitGroups(groups);
  }

  async #commitGroups(groups: readonly Group[]): Promise<void> {
    const count = groups.reduce((sum, { records }) => sum + records.length, 0);
    const slice = this.#index.nextSlice(count);
    const error = await this.#write(groups, slice);
    if (slice) this.#index.sliceEnded(slice, error === null);
    if (error) {
      this.#refuse(error, groups);
      return;
    }
    for (const { records } of groups) {
      for (const { tap, position } of records) {
        this.#index.add(tap, position);
        this.#keptPosition = position;
      }
    }
    this.#committing = [];
    if (this.#queue.length > 0) this.#pace.wanted();
    for (const group of groups) group.settle(null);
    this.followed.kept(this.#keptPosition, groups, this.#syncedPosition);
  }

  /** Writes groups as one transaction and waits as long as the durability asks. Resolves to why it failed, or to null. */
  async #write(groups: readonly Group[], slice: IndexSlice | null): Promise<JournalError | null> {
    const first = groups[0]?.records[0]?.position ?? 0;
    const last = groups.at(-1)?.records.at(-1)?.position ?? 0;
    const written = putGroups(this.#reader, first, groups, slice);
    const synced = this.#settled(written).then(
      (put) => {
        if (!put) return this.#fail(new JournalError('failed', `position ${first} ${STANDS}`));
        this.#syncedPosition = Math.max(this.#syncedPosition, last);
        this.followed.synced(this.#syncedPosition);
        return null;
      },
      (error: JournalError) => error,
    );
    this.#synced = synced;
    if (this.#options.durability === 'sync') return await synced;
    const bytes = groups.at(-1)?.encoded.at(-1) ?? Buffer.alloc(0);
    const seen = seenByReaders(this.#reader, last, bytes, synced);
    const error = await Promise.race([synced, seen]);
    if (error === null) void synced.then((late) => late && this.#fail(late));
    return error;
  }

  /** Waits for LMDB, but not for ever. Rejects with a JournalError that says whether to go on. */
  async #settled<T>(written: Promise<T>): Promise<T> {
    try {
      return await commitEnd(written, this.#options.stallMs ?? STALL_MS);
    } catch (error) {
      throw error instanceof JournalError && error.code === 'failed' ? this.#fail(error) : error;
    }
  }

  /** Sets positions back and refuses the groups of a commit that failed and all that queue behind it. */
  #refuse(error: JournalError, groups: readonly Group[]): void {
    this.#reader.refresh();
    // Seen and not on disk (only where visibility comes first): neither kept nor gone.
    const doubtful = this.#reader.lastPosition > this.#keptPosition;
    const reason = doubtful ? this.#fail(error) : error;
    const refused = [...groups, ...this.#queue];
    this.#queue = [];
    this.#committing = [];
    this.#nextPosition = this.#keptPosition + 1;
    for (const group of refused) group.settle(reason);
  }

  #fail(error: JournalError): JournalError {
    if (this.#refusal?.code === 'failed') return this.#refusal;
    const failure =
      error.code === 'failed' ? error : new JournalError('failed', error.message, { cause: error.cause });
    this.#refusal = failure;
    this.#options.onFailed?.(failure);
    return failure;
  }

  #settleUnwaited(records: readonly DecisionRecord[], error: JournalError | null): void {
    this.#unseen.forget(records);
    if (error) this.#options.onLost?.(records.length, error);
  }

  #pendingBytes(): number {
    return [...this.#committing, ...this.#queue].reduce((sum, group) => sum + group.bytes, 0);
  }

  /** What an earlier process left unsynced may be seen, and is lost if the machine crashes: sync it before use. */
  #syncWhatWasThere(lastPosition: number): void {
    syncEnvironment(this.#reader.environment).then(
      () => {
        this.#syncedPosition = Math.max(this.#syncedPosition, lastPosition);
        this.followed.synced(this.#syncedPosition);
      },
      (cause) => this.#fail(new JournalError('failed', 'the journal could not be synced', { cause })),
    );
  }
}

/** Opens, and makes if need be, the journal of a gateway. Throws JournalError `unusable` or what LMDB throws. */
export function openJournal(options: JournalOptions): LmdbJournal {
  return new LmdbJournal(options);
}
