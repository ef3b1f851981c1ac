/**
 * Takes the journals of gateways. Records arrive at least once and are kept once: by gateway and record id. With a
 * folder they are on disk, as they came, before they are confirmed; without one only their ids are remembered. Of an
 * upload that has other content under an id than the record kept, nothing is kept: the gateway must name it anew.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { OnecardError } from '../../config/onecard-error.ts';
import { type Frame, type FrameFile, openFrameFile, readFrames } from './frame-file.ts';
import { Leaves } from './leaves.ts';
import { PAGE_POSITIONS, Positions } from './positions.ts';
import {
  type EpochUpload,
  type JsonUpload,
  type PackedUpload,
  packUpload,
  positionOf,
  readPackedUpload,
} from './upload.ts';

export const RECORDS_MAX = 20_000_000;
/** Pages beyond those that as many records fill, for journals that have only begun. */
const SPARE_PAGES = 1_024;

/** In the platform's folder. */
export const JOURNAL_FILE = 'journal.frames';
const JSON_FRAME = 1;
export const PACKED_FRAME = 2;
const EPOCH_FRAME = 3;
/** Epochs whose origin is kept, over all gateways. */
const EPOCHS_MAX = 100_000;

export interface IntakeAnswer {
  readonly accepted: number;
  /** Kept before, the same. */
  readonly duplicates: number;
  /** Kept before, with other content. When there is one, `accepted` is 0. */
  readonly conflicts: number;
  /** Of an upload with conflicts: position (packed) or id (JSON) of the first. */
  readonly first_conflict?: number | string;
}

/** Where an epoch that is not a journal's first began. */
export interface EpochOrigin {
  readonly epoch: string;
  /** The epoch it forks from, whose records before `first` it has in common. */
  readonly parent: string;
  readonly first: number;
}

export interface JournalSummary {
  readonly records: number;
  readonly duplicates: number;
  /** Records that came with other content than the one kept under their id. */
  readonly conflicts: number;
  readonly gateways: Readonly<Record<string, number>>;
  /** Epochs that fork from others, by gateway, in the order they were told. */
  readonly forks: Readonly<Record<string, readonly EpochOrigin[]>>;
}

/** No room for more records. */
export class JournalFullError extends OnecardError {
  override readonly name = 'JournalFullError';
  readonly code = 'journal_full';
}

/** What is kept of one gateway. */
class Shelf {
  records = 0;
  /** By epoch. */
  readonly journals = new Map<string, Positions>();
  /** By epoch: what checkpoints are held against. */
  readonly leaves = new Map<string, Leaves>();
  /** Of records whose ids are no positions, the checksum by id. */
  readonly others = new Map<string, number>();
  /** Epochs that fork from others. */
  readonly origins = new Map<string, EpochOrigin>();

  checksum(id: string): number | null {
    const place = positionOf(id);
    if (place === null) return this.others.get(id) ?? null;
    return this.journals.get(place.epoch)?.checksum(place.position) ?? null;
  }

  keep(id: string, checksum: number): void {
    const place = positionOf(id);
    if (place === null) this.others.set(id, checksum);
    else this.journal(place.epoch).keep(place.position, checksum);
    this.records += 1;
  }

  forked(origin: EpochOrigin): void {
    this.origins.set(origin.epoch, origin);
    const { epoch, parent, first } = origin;
    this.leavesOf(epoch).forksFrom({ parent: this.leavesOf(parent), first });
  }

  leavesOf(epoch: string): Leaves {
    const leaves = this.leaves.get(epoch) ?? new Leaves();
    this.leaves.set(epoch, leaves);
    return leaves;
  }

  journal(epoch: string): Positions {
    const journal = this.journals.get(epoch) ?? new Positions();
    this.journals.set(epoch, journal);
    return journal;
  }
}

/** Who looks at every packed record once: at those of a former run too, from where it had come. */
export interface RecordsWatch {
  /** How many frames of the file it has taken. */
  readonly readFrames: number;
  /** What is in frame `frame`, counted from 1; null: no packed records. When it throws it is handed the same again. */
  take(upload: PackedUpload | null, frame: number): void;
  /** The file is another one: it is handed everything. */
  startOver(): void;
}

export class JournalIntake {
  readonly #shelves = new Map<string, Shelf>();
  readonly #recordsMax: number;
  readonly #watch: RecordsWatch | null;
  readonly #path: string | null;
  #file: FrameFile | null = null;
  #frames = 0;
  #records = 0;
  #duplicates = 0;
  #conflicts = 0;
  /** Uploads are taken one after another, so that a record in two of them is seen by the second. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(folder: string | null, recordsMax: number, watch: RecordsWatch | null) {
    this.#path = folder === null ? null : join(folder, JOURNAL_FILE);
    this.#recordsMax = recordsMax;
    this.#watch = watch;
  }

  /** `folder`: where to keep records; null: only their ids, in memory. Throws when the folder cannot be used. */
  static async open(
    folder: string | null,
    recordsMax = RECORDS_MAX,
    watch: RecordsWatch | null = null,
  ): Promise<JournalIntake> {
    const intake = new JournalIntake(folder, recordsMax, watch);
    if (intake.#path !== null) {
      intake.#file = await openFrameFile(intake.#path, (frame) => intake.#read(frame));
      if (watch !== null && watch.readFrames > intake.#frames) watch.startOver();
      intake.#showFile();
    }
    return intake;
  }

  /** Resolves when every record is kept. Throws JournalFullError, or what the disk said; then none is. */
  accept(upload: JsonUpload): Promise<IntakeAnswer> {
    return this.#inTurn(() => this.#acceptJson(upload));
  }

  /** As `accept`; `body`: the upload as it came. */
  acceptPacked(upload: PackedUpload, body: Uint8Array): Promise<IntakeAnswer> {
    return this.#inTurn(() => this.#acceptPacked(upload, body));
  }

  /** Keeps where an epoch began; it is told once, or the same again. Resolves and throws as `accept`. */
  acceptEpoch(upload: EpochUpload): Promise<IntakeAnswer> {
    return this.#inTurn(() => this.#acceptEpoch(upload));
  }

  /** The tree that the records of an epoch make. */
  leavesOf(gateway: string, epoch: string): Leaves {
    return this.#shelf(gateway).leavesOf(epoch);
  }

  has(gateway: string, id: string): boolean {
    return (this.#shelves.get(gateway)?.checksum(id) ?? null) !== null;
  }

  /** What is kept of one gateway; null when nothing is. */
  journalsOf(gateway: string): ReadonlyMap<string, Positions> | null {
    return this.#shelves.get(gateway)?.journals ?? null;
  }

  summary(): JournalSummary {
    return {
      records: this.#records,
      duplicates: this.#duplicates,
      conflicts: this.#conflicts,
      gateways: Object.fromEntries([...this.#shelves].map(([gateway, { records }]) => [gateway, records])),
      forks: Object.fromEntries(
        [...this.#shelves]
          .filter(([, { origins }]) => origins.size > 0)
          .map(([gateway, { origins }]) => [gateway, [...origins.values()]]),
      ),
    };
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#file?.close();
  }

  async #acceptJson({ gateway, records }: JsonUpload): Promise<IntakeAnswer> {
    const shelf = this.#shelf(gateway);
    const fresh = new Map<string, { readonly record: unknown; readonly checksum: number }>();
    const conflicting: string[] = [];
    for (const record of records) {
      const checksum = jsonChecksum(record);
      const known = shelf.checksum(record.id) ?? fresh.get(record.id)?.checksum ?? null;
      if (known === null) fresh.set(record.id, { record, checksum });
      else if (isConflict(known, checksum)) conflicting.push(record.id);
    }
    const duplicates = records.length - fresh.size - conflicting.length;
    const [firstConflict] = conflicting;
    if (firstConflict !== undefined) return this.#conflict(duplicates, conflicting.length, firstConflict);
    // As many pages as if none were near another.
    this.#requireRoom(fresh.size, fresh.size === 0 ? 0 : 1);
    const kept = [...fresh.values()].map(({ record }) => record);
    if (kept.length > 0)
      await this.#append(JSON_FRAME, Buffer.from(JSON.stringify({ gateway, records: kept })));
    for (const [id, { checksum }] of fresh) shelf.keep(id, checksum);
    return this.#counted(fresh.size, duplicates);
  }

  async #acceptPacked(upload: PackedUpload, body: Uint8Array): Promise<IntakeAnswer> {
    const { gateway, epoch, first, records } = upload;
    const shelf = this.#shelf(gateway);
    const journal = shelf.journal(epoch);
    const checksums = records.map(packedChecksum);
    const known = checksums.map((_, i) => journal.checksum(first + i));
    const conflicting = known.flatMap((was, i) =>
      was !== null && isConflict(was, checksums[i] ?? 0) ? [first + i] : [],
    );
    const fresh = known.filter((was) => was === null).length;
    const duplicates = records.length - fresh - conflicting.length;
    const [firstConflict] = conflicting;
    if (firstConflict !== undefined) return this.#conflict(duplicates, conflicting.length, firstConflict);
    this.#requireRoom(fresh, fresh === 0 ? 0 : journal.pagesFor(first, records.length));
    if (fresh === records.length && fresh > 0) await this.#append(PACKED_FRAME, body, upload);
    else for (const run of runs(upload, known)) await this.#append(PACKED_FRAME, packUpload(run), run);
    for (const [i, checksum] of checksums.entries()) {
      if (known[i] === null) journal.keep(first + i, checksum);
    }
    shelf.leavesOf(epoch).keep(first, records);
    shelf.records += fresh;
    return this.#counted(fresh, duplicates);
  }

  async #acceptEpoch(upload: EpochUpload): Promise<IntakeAnswer> {
    const { gateway, epoch, parent, first } = upload;
    const { origins } = this.#shelf(gateway);
    const kept = origins.get(epoch);
    if (kept) {
      const same = kept.parent === parent && kept.first === first;
      return same
        ? { accepted: 0, duplicates: 1, conflicts: 0 }
        : { accepted: 0, duplicates: 0, conflicts: 1, first_conflict: epoch };
    }
    let held = 0;
    for (const shelf of this.#shelves.values()) held += shelf.origins.size;
    if (held >= EPOCHS_MAX) throw new JournalFullError('there is no room for more epochs');
    await this.#append(EPOCH_FRAME, Buffer.from(JSON.stringify(upload)));
    this.#shelf(gateway).forked({ epoch, parent, first });
    return { accepted: 1, duplicates: 0, conflicts: 0 };
  }

  #counted(accepted: number, duplicates: number): IntakeAnswer {
    this.#records += accepted;
    this.#duplicates += duplicates;
    return { accepted, duplicates, conflicts: 0 };
  }

  #conflict(duplicates: number, conflicts: number, first: number | string): IntakeAnswer {
    this.#duplicates += duplicates;
    this.#conflicts += conflicts;
    return { accepted: 0, duplicates, conflicts, first_conflict: first };
  }

  #requireRoom(records: number, pages: number): void {
    let held = pages;
    for (const { journals } of this.#shelves.values())
      for (const journal of journals.values()) held += journal.pages;
    const pagesMax = Math.ceil(this.#recordsMax / PAGE_POSITIONS) + SPARE_PAGES;
    if (this.#records + records > this.#recordsMax || held > pagesMax) {
      throw new JournalFullError('the journal is full');
    }
  }

  async #append(kind: number, content: Uint8Array, packed: PackedUpload | null = null): Promise<void> {
    await this.#file?.append({ kind, content });
    this.#frames += 1;
    const watch = this.#watch;
    if (watch === null) return;
    try {
      if (this.#path === null || watch.readFrames === this.#frames - 1) watch.take(packed, this.#frames);
      else this.#showFile();
    } catch {
      // The records are kept, and confirmed. It is behind now, and is handed them again with the next.
    }
  }

  /** Hands on what the file holds and the watch has not taken. */
  #showFile(): void {
    const watch = this.#watch;
    if (watch === null || this.#path === null || watch.readFrames === this.#frames) return;
    let frame = 0;
    readFrames(this.#path, ({ kind, content }) => {
      frame += 1;
      if (frame > watch.readFrames) watch.take(kind === PACKED_FRAME ? packedIn(content) : null, frame);
    });
  }

  /** Takes what a former run kept. A record that is there twice was kept twice for want of an answer. */
  #read({ kind, content }: Frame): void {
    this.#frames += 1;
    const isNews = this.#watch !== null && this.#watch.readFrames < this.#frames;
    if (kind !== PACKED_FRAME && isNews) this.#watch.take(null, this.#frames);
    if (kind === JSON_FRAME) {
      const { gateway, records } = JSON.parse(Buffer.from(content).toString('utf8')) as JsonUpload;
      const shelf = this.#shelf(gateway);
      for (const record of records) this.#take(shelf, record.id, jsonChecksum(record));
      return;
    }
    if (kind === EPOCH_FRAME) {
      const { gateway, epoch, parent, first } = JSON.parse(
        Buffer.from(content).toString('utf8'),
      ) as EpochUpload;
      this.#shelf(gateway).forked({ epoch, parent, first });
      return;
    }
    const upload = kind === PACKED_FRAME ? packedIn(content) : null;
    if (upload === null) throw new RangeError('the journal holds what is no upload');
    if (isNews) this.#watch.take(upload, this.#frames);
    const { gateway, epoch, first, records } = upload;
    const shelf = this.#shelf(gateway);
    for (const [i, record] of records.entries()) {
      this.#take(shelf, `${epoch}:${first + i}`, packedChecksum(record));
    }
    shelf.leavesOf(epoch).keep(first, records);
  }

  #take(shelf: Shelf, id: string, checksum: number): void {
    if (shelf.checksum(id) !== null) return;
    shelf.keep(id, checksum);
    this.#records += 1;
  }

  #shelf(gateway: string): Shelf {
    const shelf = this.#shelves.get(gateway) ?? new Shelf();
    this.#shelves.set(gateway, shelf);
    return shelf;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.catch(() => {}).then(work);
    this.#last = done;
    return done;
  }
}

function packedIn(content: Uint8Array): PackedUpload | null {
  const upload = readPackedUpload(content);
  return upload === 'too_many' ? null : upload;
}

/** The parts of an upload whose positions are not known yet. */
function* runs(upload: PackedUpload, known: readonly (number | null)[]): Generator<PackedUpload> {
  for (let from = 0; from < known.length; ) {
    let to = from;
    while (to < known.length && known[to] === null) to += 1;
    if (to > from) {
      yield { ...upload, first: upload.first + from, records: upload.records.slice(from, to) };
    }
    from = to + 1;
  }
}

// The last bit says in which form a record came: the same in the other form has other bytes, which is no conflict.
function jsonChecksum(record: unknown): number {
  return (crc32(JSON.stringify(record)) & ~1) >>> 0;
}

function packedChecksum(record: Uint8Array): number {
  return (crc32(record) | 1) >>> 0;
}

function isConflict(kept: number, again: number): boolean {
  return kept !== again && (kept & 1) === (again & 1);
}
