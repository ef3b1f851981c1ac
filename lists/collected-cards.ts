/** Cards on their way into a list: key and value of each, in the order they came. */
import type { ListValue } from './base-table.ts';
import { LIST_KEY_WORDS } from './list-key.ts';

const CHUNK_BITS = 18;
const CHUNK_CARDS = 2 ** CHUNK_BITS;

interface Chunk {
  readonly keys: Uint32Array;
  /** Index in the values met. */
  readonly values: Uint32Array;
}

export class CollectedCards {
  /** Pieces of one size: growing copies nothing. */
  readonly #chunks: Chunk[] = [];
  readonly #values: ListValue[] = [];
  readonly #cardsWithValue: number[] = [];
  readonly #indexOfValue = new Map<number, number>();
  #size = 0;

  constructor(expected: number) {
    while (this.#chunks.length * CHUNK_CARDS < expected) this.#grow();
  }

  get size(): number {
    return this.#size;
  }

  /** Distinct values met; a card's is `values[valueOf(card)]`. */
  get values(): readonly ListValue[] {
    return this.#values;
  }

  push(key: Uint32Array, state: number, entitlements: number): void {
    const card = this.#size;
    if (card >>> CHUNK_BITS >= this.#chunks.length) this.#grow();
    const { keys, values } = this.#chunk(card);
    const at = card & (CHUNK_CARDS - 1);
    keys.set(key, at * LIST_KEY_WORDS);
    values[at] = this.#indexOf(state, entitlements);
    this.#size += 1;
  }

  /** A word of a card's key. */
  word(card: number, word: number): number {
    return this.#chunk(card).keys[(card & (CHUNK_CARDS - 1)) * LIST_KEY_WORDS + word] as number;
  }

  valueOf(card: number): number {
    return this.#chunk(card).values[card & (CHUNK_CARDS - 1)] as number;
  }

  /** The most frequent values, the most frequent first; equally frequent ones in the order of their numbers. */
  frequentValues(most: number): ListValue[] {
    const order = this.#values.map((value, i) => ({ value, cards: this.#cardsWithValue[i] ?? 0 }));
    order.sort((a, b) => b.cards - a.cards || a.value[0] - b.value[0] || a.value[1] - b.value[1]);
    return order.slice(0, most).map(({ value }) => value);
  }

  #chunk(card: number): Chunk {
    return this.#chunks[card >>> CHUNK_BITS] as Chunk;
  }

  #grow(): void {
    this.#chunks.push({
      keys: new Uint32Array(CHUNK_CARDS * LIST_KEY_WORDS),
      values: new Uint32Array(CHUNK_CARDS),
    });
  }

  #indexOf(state: number, entitlements: number): number {
    const number = state * 2 ** 32 + entitlements;
    let index = this.#indexOfValue.get(number);
    if (index === undefined) {
      index = this.#values.length;
      this.#indexOfValue.set(number, index);
      this.#values.push([state, entitlements]);
      this.#cardsWithValue.push(0);
    }
    this.#cardsWithValue[index] = (this.#cardsWithValue[index] ?? 0) + 1;
    return index;
  }
}
