/** Connected readers, by the workplace they are paired with. One connection of each: a newer one takes the place of an older. */
import type { FromDesk, ReaderFault, ReaderState } from '../../client/reader/wire.ts';
import type { PairedReader, PairedReaders } from './paired-readers.ts';
import { READER_WORDS, type ReaderStanding } from './words.ts';

export interface ConnectedReader {
  readonly paired: PairedReader;
  readonly readers: readonly ReaderState[];
  readonly fault: ReaderFault | null;
  send(message: FromDesk): void;
  /** `code`: one of CLOSES. */
  close(code: number): void;
}

/** One reader or scanner of a connected agent. */
export interface Slot {
  readonly connection: ConnectedReader;
  readonly state: ReaderState;
}

export interface ReaderNews {
  readonly state: ReaderStanding;
  readonly name: string | null;
  /** Whether a card lies on it. */
  readonly card: boolean;
  readonly words: { readonly zh: string; readonly en: string };
}

export class ReaderHub {
  readonly #paired: PairedReaders;
  readonly #connected = new Map<string, ConnectedReader>();

  constructor(paired: PairedReaders) {
    this.#paired = paired;
  }

  /** The connection whose place it takes; null: there was none. */
  connect(connection: ConnectedReader): ConnectedReader | null {
    const { readerId } = connection.paired;
    const before = this.#connected.get(readerId) ?? null;
    this.#connected.set(readerId, connection);
    return before;
  }

  /** False: another is in its place already. */
  disconnect(connection: ConnectedReader): boolean {
    const { readerId } = connection.paired;
    return this.#connected.get(readerId) === connection && this.#connected.delete(readerId);
  }

  connection(readerId: string): ConnectedReader | null {
    return this.#connected.get(readerId) ?? null;
  }

  /** Of a workplace, those that are connected. */
  slots(desk: string): readonly Slot[] {
    return [...this.#connected.values()]
      .filter(({ paired }) => paired.desk === desk)
      .flatMap((connection) => connection.readers.map((state) => ({ connection, state })));
  }

  news(desk: string): ReaderNews {
    const slots = this.slots(desk);
    const shown = slots.find(({ state }) => state.card !== null) ?? slots[0];
    const state = shown === undefined ? this.#faultOf(desk) : 'ready';
    return {
      state,
      name: shown?.state.name ?? null,
      card: slots.some(({ state: { card } }) => card !== null),
      words: READER_WORDS[state],
    };
  }

  #faultOf(desk: string): ReaderStanding {
    const ofDesk = [...this.#connected.values()].filter(({ paired }) => paired.desk === desk);
    const [first] = ofDesk;
    if (first !== undefined) return first.fault ?? 'no_reader';
    return this.#paired.all().some((each) => each.desk === desk) ? 'offline' : 'none';
  }
}
