/**
 * Takes the journals of gateways. Records arrive at least once and are kept once: by gateway and record id. With a
 * folder they are on disk, as they came, before they are confirmed; without one only their ids are remembered.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Frame, type FrameFile, openFrameFile } from './frame-file.ts';
import { PAGE_POSITIONS, Positions } from './positions.ts';
import { type JsonUpload, type PackedUpload, packUpload, positionOf, readPackedUpload } from './upload.ts';

export const RECORDS_MAX = 20_000_000;
/** Pages beyond those that as many records fill, for journals that have only begun. */
const SPARE_PAGES = 1_024;

const JSON_FRAME = 1;
const PACKED_FRAME = 2;

export interface IntakeAnswer {
  readonly accepted: number;
  readonly duplicates: number;
}

export interface JournalSummary {
  readonly records: number;
  readonly duplicates: number;
  /** Of the duplicates, those that came with other content than the record kept. */
  readonly conflicts: number;
  readonly gateways: Readonly<Record<string, number>>;
}

/** No room for more records. */
export class JournalFullError extends Error {
  override readonly name = 'JournalFullError';
}

/** What is kept of one gateway. */
class Shelf {
  records = 0;
  /** By epoch. */
  readonly journals = new Map<string, Positions>();
  /** Of records whose ids are no positions, the checksum by id. */
  readonly others = new Map<string, number>();

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

  journal(epoch: string): Positions {
    const journal = this.journals.get(epoch) ?? new Positions();
    this.journals.set(epoch, journal);
    return journal;
  }
}

export class JournalIntake {
  readonly #shelves = new Map<string, Shelf>();
  readonly #recordsMax: number;
  #file: FrameFile | null = null;
  #records = 0;
  #duplicates = 0;
  #conflicts = 0;
  /** Uploads are taken one after another, so that a record in two of them is seen by the second. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(recordsMax: number) {
    this.#recordsMax = recordsMax;
  }

  /** `folder`: where to keep records; null: only their ids, in memory. Throws when the folder cannot be used. */
  static async open(folder: string | null, recordsMax = RECORDS_MAX): Promise<JournalIntake> {
    const intake = new JournalIntake(recordsMax);
    if (folder !== null) {
      intake.#file = await openFrameFile(join(folder, 'journal.frames'), (frame) => intake.#read(frame));
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

  has(gateway: string, id: string): boolean {
    return (this.#shelves.get(gateway)?.checksum(id) ?? null) !== null;
  }

  summary(): JournalSummary {
    return {
      records: this.#records,
      duplicates: this.#duplicates,
      conflicts: this.#conflicts,
      gateways: Object.fromEntries([...this.#shelves].map(([gateway, { records }]) => [gateway, records])),
    };
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#file?.close();
  }

  async #acceptJson({ gateway, records }: JsonUpload): Promise<IntakeAnswer> {
    const shelf = this.#shelf(gateway);
    const fresh = new Map<string, { readonly record: unknown; readonly checksum: number }>();
    let conflicts = 0;
    for (const record of records) {
      const checksum = jsonChecksum(record);
      const known = shelf.checksum(record.id) ?? fresh.get(record.id)?.checksum ?? null;
      if (known === null) fresh.set(record.id, { record, checksum });
      else if (isConflict(known, checksum)) conflicts += 1;
    }
    // As many pages as if none were near another.
    this.#requireRoom(fresh.size, fresh.size === 0 ? 0 : 1);
    const kept = [...fresh.values()].map(({ record }) => record);
    if (kept.length > 0)
      await this.#append(JSON_FRAME, Buffer.from(JSON.stringify({ gateway, records: kept })));
    for (const [id, { checksum }] of fresh) shelf.keep(id, checksum);
    return this.#counted(fresh.size, records.length - fresh.size, conflicts);
  }

  async #acceptPacked(upload: PackedUpload, body: Uint8Array): Promise<IntakeAnswer> {
    const { gateway, epoch, first, records } = upload;
    const shelf = this.#shelf(gateway);
    const journal = shelf.journal(epoch);
    const checksums = records.map(packedChecksum);
    const known = checksums.map((_, i) => journal.checksum(first + i));
    const conflicts = known.filter((was, i) => was !== null && isConflict(was, checksums[i] ?? 0)).length;
    const fresh = known.filter((was) => was === null).length;
    this.#requireRoom(fresh, fresh === 0 ? 0 : journal.pagesFor(first, records.length));
    if (fresh === records.length && fresh > 0) await this.#append(PACKED_FRAME, body);
    else for (const run of runs(upload, known)) await this.#append(PACKED_FRAME, packUpload(run));
    for (const [i, checksum] of checksums.entries()) {
      if (known[i] === null) journal.keep(first + i, checksum);
    }
    shelf.records += fresh;
    return this.#counted(fresh, records.length - fresh, conflicts);
  }

  #counted(accepted: number, duplicates: number, conflicts: number): IntakeAnswer {
    this.#records += accepted;
    this.#duplicates += duplicates;
    this.#conflicts += conflicts;
    return { accepted, duplicates };
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

  async #append(kind: number, content: Uint8Array): Promise<void> {
    await this.#file?.append({ kind, content });
  }

  /** Takes what a former run kept. A record that is there twice was kept twice for want of an answer. */
  #read({ kind, content }: Frame): void {
    if (kind === JSON_FRAME) {
      const { gateway, records } = JSON.parse(Buffer.from(content).toString('utf8')) as JsonUpload;
      const shelf = this.#shelf(gateway);
      for (const record of records) this.#take(shelf, record.id, jsonChecksum(record));
      return;
    }
    const upload = readPackedUpload(content);
    if (kind !== PACKED_FRAME || upload === null || upload === 'too_many') {
      throw new RangeError('the journal holds what is no upload');
    }
    const { gateway, epoch, first, records } = upload;
    const shelf = this.#shelf(gateway);
    for (const [i, record] of records.entries()) {
      this.#take(shelf, `${epoch}:${first + i}`, packedChecksum(record));
    }
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
