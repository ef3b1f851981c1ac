/**
 * Index from a tap to the position of its record. Written late, and many entries at once.
 *
 * The entries of each device stand at a place of their own in the B+ tree. Written with each record, in its transaction,
 * they would dirty other pages for each: 12 to 16 KB per record in place of 4 to 6, and half as many records/s (measured,
 * 1,000 devices, commits of 20 to 64 records). So entries wait in memory, by stream, and are written in slices with later
 * commits. What a crash takes from memory is read again from the records at the next start.
 */
import type { TapId } from '../../verification.ts';
import type { JournalReader, OnDamaged } from '../journal-reader.ts';
import { CURSORS } from '../journal-tables.ts';
import { positionKey, streamKeys } from './record-keys.ts';

/** Entries written with one commit: so few that none takes long, and twice its records, so that the index keeps up. */
const SLICE_ENTRIES_MIN = 32;
const SLICE_ENTRIES_MAX = 256;

/** What one stream of one device added: the tap `seqs[i]` is at `positions[i]`, which rise. */
interface StreamEntries {
  readonly deviceId: string;
  readonly stream: string;
  readonly seqs: number[];
  readonly positions: number[];
  /** Another device's of a stream of that name: names are drawn, so there is hardly ever one. */
  readonly next: StreamEntries | undefined;
}

/** By the stream's name in lower case. */
type Streams = Map<string, StreamEntries>;

interface Entry {
  readonly key: Buffer;
  readonly position: Buffer;
}

/** Entries of records up to a position, and behind that of the generation before. */
interface Generation {
  readonly streams: Streams;
  count: number;
  through: number;
}

/** What one commit writes of a generation. */
export interface IndexSlice {
  readonly entries: readonly Entry[];
  /** Where the index is complete up to once this is kept; null while the generation goes on. */
  readonly through: number | null;
}

export class TapIndex {
  readonly #reader: JournalReader;
  readonly #generationEntries: number;
  #waiting: Generation = emptyGeneration();
  #writing: { generation: Generation; entries: Iterator<Entry> } | null = null;

  /** Reads again what was not written. */
  constructor(reader: JournalReader, generationEntries: number, onDamaged: OnDamaged) {
    this.#reader = reader;
    this.#generationEntries = generationEntries;
    for (const { tap, position } of reader.allAfter(reader.cursor(CURSORS.indexed), onDamaged))
      this.add(tap, position);
  }

  /** Adds the tap of a record that is kept. Positions rise. */
  add(tap: TapId, position: number): void {
    const generation = this.#waiting;
    const entries = entriesOf(generation, tap.deviceId, tap.stream) ?? newEntries(generation, tap);
    entries.seqs.push(tap.seq);
    entries.positions.push(position);
    generation.count += 1;
    generation.through = position;
  }

  /** Position of a tap's record, or null. */
  find({ deviceId, stream, seq }: TapId): number | null {
    for (const { seqs, positions } of this.#inMemory(deviceId, stream)) {
      // A tap is sent again soon, if at all.
      const position = positions[seqs.lastIndexOf(seq)];
      if (position !== undefined) return position;
    }
    return this.#reader.indexedPosition({ deviceId, stream, seq });
  }

  /** Highest sequence number of a stream; -1 when there is none. */
  highestSeq(deviceId: string, stream: string): number {
    let highest = this.#reader.highestSeq(deviceId, stream);
    for (const { seqs } of this.#inMemory(deviceId, stream)) {
      for (const seq of seqs) highest = Math.max(highest, seq);
    }
    return highest;
  }

  /** What the next commit, of so many records, should write; null when there is not enough yet. */
  nextSlice(records: number): IndexSlice | null {
    if (!this.#writing && this.#waiting.count >= this.#generationEntries) {
      this.#writing = { generation: this.#waiting, entries: writtenEntries(this.#waiting) };
      this.#waiting = emptyGeneration();
    }
    if (!this.#writing) return null;
    const { generation } = this.#writing;
    const entries: Entry[] = [];
    const most = Math.min(SLICE_ENTRIES_MAX, Math.max(SLICE_ENTRIES_MIN, 2 * records));
    while (entries.length < most) {
      const next = this.#writing.entries.next();
      if (next.done) return { entries, through: generation.through };
      entries.push(next.value);
    }
    return { entries, through: null };
  }

  /** Tells how the commit of the last slice ended. One that failed is begun again: writing twice changes nothing. */
  sliceEnded(slice: IndexSlice, kept: boolean): void {
    if (!this.#writing) throw new Error('no slice is being written');
    if (!kept) this.#writing.entries = writtenEntries(this.#writing.generation);
    else if (slice.through !== null) this.#writing = null;
  }

  *#inMemory(deviceId: string, stream: string): Generator<StreamEntries> {
    for (const generation of [this.#waiting, this.#writing?.generation]) {
      const entries = generation && entriesOf(generation, deviceId, stream);
      if (entries) yield entries;
    }
  }
}

function emptyGeneration(): Generation {
  return { streams: new Map(), count: 0, through: 0 };
}

function entriesOf({ streams }: Generation, deviceId: string, stream: string): StreamEntries | undefined {
  let entries = streams.get(streamName(stream));
  while (entries && entries.deviceId !== deviceId) entries = entries.next;
  return entries;
}

function newEntries({ streams }: Generation, { deviceId, stream }: TapId): StreamEntries {
  const name = streamName(stream);
  const entries = { deviceId, stream: name, seqs: [], positions: [], next: streams.get(name) };
  streams.set(name, entries);
  return entries;
}

/** Stream by stream, so that neighbours in the index are written together. */
function* writtenEntries({ streams }: Generation): Generator<Entry> {
  for (const first of streams.values()) {
    for (let entries: StreamEntries | undefined = first; entries; entries = entries.next) {
      const { deviceId, stream, seqs, positions } = entries;
      const keyOf = streamKeys(deviceId, stream);
      for (let i = 0; i < seqs.length; i += 1)
        yield { key: keyOf(seqs[i] ?? 0), position: positionKey(positions[i] ?? 0) };
    }
  }
}

/** One name for what is one stream, however its hex digits are written. */
function streamName(stream: string): string {
  return stream.toLowerCase();
}
