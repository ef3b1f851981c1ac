/** Lays collected cards out as a list's base: a counting sort by bucket, then each bucket by remainder. */
import {
  allocateBase,
  type BaseTable,
  CODE_BITS,
  EXCEPTION_CODE,
  type ListValue,
  MAX_BUCKET_CARDS,
  openBase,
  setStarts,
} from './base-table.ts';
import type { CollectedCards } from './collected-cards.ts';
import { ListBuildError } from './list-errors.ts';
import type { ListMemory } from './list-handle.ts';
import { LIST_KEY_WORDS } from './list-key.ts';

/** Throws ListBuildError: `duplicate`, `collision` or `crowded`. */
export function fillBase(
  cards: CollectedCards,
  bucketBits: number,
  dictionary: readonly ListValue[],
): ListMemory {
  const codes = codesOf(cards.values, dictionary);
  let exceptions = 0;
  for (let card = 0; card < cards.size; card += 1) {
    if (codes[cards.valueOf(card)] === EXCEPTION_CODE) exceptions += 1;
  }
  const memory = allocateBase({ cards: cards.size, bucketBits, exceptions }, dictionary);
  const table = openBase(memory);
  countBuckets(table, cards);
  setStarts(table);
  const order = scatter(table, cards, codes);
  sortBuckets(table, cards, order);
  collectExceptions(table, cards, order);
  return memory;
}

/** Code of each value. */
function codesOf(values: readonly ListValue[], dictionary: readonly ListValue[]): Uint8Array {
  const code = new Map(dictionary.map((value, i) => [String(value), i]));
  return Uint8Array.from(values, (value) => code.get(String(value)) ?? EXCEPTION_CODE);
}

function countBuckets({ counts, bucketBits }: BaseTable, cards: CollectedCards): void {
  for (let card = 0; card < cards.size; card += 1) {
    const bucket = cards.word(card, 0) >>> (32 - bucketBits);
    const count = counts[bucket] as number;
    if (count === MAX_BUCKET_CARDS) throw new ListBuildError('crowded', 'too many cards in one bucket');
    counts[bucket] = count + 1;
  }
}

/** Puts each card somewhere in its bucket; which card stands where. */
function scatter(table: BaseTable, cards: CollectedCards, codes: Uint8Array): Uint32Array {
  const { counts, high, low, bucketBits } = table;
  const next = new Uint32Array(counts.length);
  for (let bucket = 1; bucket < counts.length; bucket += 1) {
    next[bucket] = (next[bucket - 1] as number) + (counts[bucket - 1] as number);
  }
  const order = new Uint32Array(cards.size);
  for (let card = 0; card < cards.size; card += 1) {
    const bucket = cards.word(card, 0) >>> (32 - bucketBits);
    const place = next[bucket] as number;
    next[bucket] = place + 1;
    high[place] = cards.word(card, 1);
    low[place] = ((cards.word(card, 2) & 0x7ff) << CODE_BITS) | (codes[cards.valueOf(card)] as number);
    order[place] = card;
  }
  return order;
}

/** Sorts by insertion: a bucket holds a handful. */
function sortBuckets({ counts, high, low }: BaseTable, cards: CollectedCards, order: Uint32Array): void {
  let start = 0;
  for (const count of counts) {
    const end = start + count;
    for (let i = start + 1; i < end; i += 1) {
      const remainder = high[i] as number;
      const entry = low[i] as number;
      const card = order[i] as number;
      const rest = entry >>> CODE_BITS;
      let at = i;
      for (; at > start; at -= 1) {
        const before = high[at - 1] as number;
        const beforeRest = (low[at - 1] as number) >>> CODE_BITS;
        if (before < remainder || (before === remainder && beforeRest < rest)) break;
        if (before === remainder && beforeRest === rest) throw same(cards, order[at - 1] as number, card);
        high[at] = before;
        low[at] = low[at - 1] as number;
        order[at] = order[at - 1] as number;
      }
      high[at] = remainder;
      low[at] = entry;
      order[at] = card;
    }
    start = end;
  }
}

/** Two cards whose kept bits are the same: one card twice (which entry holds would be a guess), or a rare meeting. */
function same(cards: CollectedCards, one: number, other: number): ListBuildError {
  const both = [Math.min(one, other), Math.max(one, other)] as const;
  for (let word = 0; word < LIST_KEY_WORDS; word += 1) {
    if (cards.word(one, word) !== cards.word(other, word)) {
      return new ListBuildError('collision', 'two cards cannot be told apart under this hash key', both);
    }
  }
  return new ListBuildError('duplicate', 'the list holds a card twice', both);
}

function collectExceptions(table: BaseTable, cards: CollectedCards, order: Uint32Array): void {
  if (table.exceptions === 0) return;
  let exception = 0;
  for (let place = 0; place < table.cards; place += 1) {
    if (((table.low[place] as number) & EXCEPTION_CODE) !== EXCEPTION_CODE) continue;
    const [state, entitlements] = cards.values[cards.valueOf(order[place] as number)] ?? [0, 0];
    table.exceptionPlaces[exception] = place;
    table.exceptionStates[exception] = state;
    table.exceptionEntitlements[exception] = entitlements;
    exception += 1;
  }
}
