/**
 * Leads from a tap to the position of its record. Written late, and many entries at once.
 *
 * Every device writes at a place of its own in the index, so an entry for each record, in the record's transaction,
 * would write pages of its own for each record: 12 to 16 KB a record instead of 4 to 6 (measured, 1,000 devices, commits
 * of 20 to 64 records), and half as many records a second. So entries
 * wait in memory, by stream, and a full generation of them goes out bit by bit with later commits. What a crash takes
 * from memory is read again from the records at the next start.
 */
import type { TapId } from '../tap/tap.ts';
import { CURSORS } from './journal-cursors.ts';
import type { JournalReader, OnDamaged } from './journal-reader.ts';
import { positionKey, streamKeys } from './record-keys.ts';

/** Entries written with one commit, so that none takes long. */
const SLICE_ENTRIES = 256;

/** By device and stream (in lower case): position by sequence number. */
type Streams = Map<string, Map<string, Map<number, number>>>;

interface Entry {
  readonly key: Buffer;
  readonly position: Buffer;
}

/** Entries of records up to a position, and behind that of the generation before. */
interface Generation {
  readonly streams: Streams;
  entries: number;
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
    const name = streamName(tap.stream);
    let stream = generation.streams.get(tap.deviceId)?.get(name);
    if (!stream) {
      stream = new Map();
      const streams = generation.streams.get(tap.deviceId) ?? new Map<string, Map<number, number>>();
      generation.streams.set(tap.deviceId, streams.set(name, stream));
    }
    stream.set(tap.seq, position);
    generation.entries += 1;
    generation.through = position;
  }

  /** Position of a tap's record, or null. */
  find({ deviceId, stream, seq }: TapId): number | null {
    for (const positions of this.#inMemory(deviceId, stream)) {
      const position = positions.get(seq);
      if (position !== undefined) return position;
    }
    return this.#reader.indexedPosition({ deviceId, stream, seq });
  }

  /** Highest sequence number of a stream; -1 when there is none. */
  highestSeq(deviceId: string, stream: string): number {
    let highest = this.#reader.highestSeq(deviceId, stream);
    for (const positions of this.#inMemory(deviceId, stream)) {
      for (const seq of positions.keys()) highest = Math.max(highest, seq);
    }
    return highest;
  }

  /** What the next commit should write; null when there is not enough yet. */
  nextSlice(): IndexSlice | null {
    if (!this.#writing && this.#waiting.entries >= this.#generationEntries) {
      this.#writing = { generation: this.#waiting, entries: entriesOf(this.#waiting) };
      this.#waiting = emptyGeneration();
    }
    if (!this.#writing) return null;
    const { generation } = this.#writing;
    const entries: Entry[] = [];
    while (entries.length < SLICE_ENTRIES) {
      const next = this.#writing.entries.next();
      if (next.done) return { entries, through: generation.through };
      entries.push(next.value);
    }
    return { entries, through: null };
  }

  /** Tells how the commit of the last slice ended. One that failed is begun again: writing twice changes nothing. */
  sliceEnded(slice: IndexSlice, kept: boolean): void {
    if (!this.#writing) throw new Error('no slice is being written');
    if (!kept) this.#writing.entries = entriesOf(this.#writing.generation);
    else if (slice.through !== null) this.#writing = null;
  }

  *#inMemory(deviceId: string, stream: string): Generator<Map<number, number>> {
    const name = streamName(stream);
    for (const generation of [this.#waiting, this.#writing?.generation]) {
      const positions = generation?.streams.get(deviceId)?.get(name);
      if (positions) yield positions;
    }
  }
}

function emptyGeneration(): Generation {
  return { streams: new Map(), entries: 0, through: 0 };
}

/** Stream by stream, so that neighbours in the index are written together. */
function* entriesOf({ streams }: Generation): Generator<Entry> {
  for (const [deviceId, ofDevice] of streams) {
    for (const [stream, positions] of ofDevice) {
      const keyOf = streamKeys(deviceId, stream);
      for (const [seq, position] of positions) yield { key: keyOf(seq), position: positionKey(position) };
    }
  }
}

/** One name for what is one stream, however its hex digits are written. */
function streamName(stream: string): string {
  return stream.toLowerCase();
}
