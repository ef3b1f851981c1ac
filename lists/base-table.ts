/**
 * The base of a list: a static table, 6 bytes per card and 1.5 bytes per bucket.
 *
 * A card's key (128 bits, words k0..k3) picks a bucket by the top `bucketBits` bits of k0. Of the rest, 43 bits are kept:
 * k1, and the low 11 bits of k2. The 5 bits left of its 6 bytes say what is known of it: one of 31 (state, entitlements)
 * pairs in the list's dictionary, or 31, "in the table of exceptions". A card that is on the list is always found. A card
 * that is not is taken for one that is with a chance of (cards / buckets) × 2^-43, below 5.5e-13 as built: buckets hold
 * 2.4 to 4.8 cards on average.
 *
 * At 20 million cards: 114.4 MiB of entries, 4 MiB of counts, 2 MiB of starts; 9 bytes more for each exception.
 */
import type { ListedState, ListMemory } from './list-handle.ts';
import { LISTED_STATES } from './list-handle.ts';

export const BASE_LAYOUT = 'onecard.list.base.v1';

/** Bits of a key that are kept beside its bucket. */
export const REMAINDER_BITS = 43;
export const CODE_BITS = 5;
const CODE_MASK = (1 << CODE_BITS) - 1;
/** The code that sends the reader to the table of exceptions; smaller ones are places in the dictionary. */
export const EXCEPTION_CODE = CODE_MASK;
export const DICTIONARY_MAX = EXCEPTION_CODE;
export const MIN_BUCKET_BITS = 12;
export const MAX_BUCKET_BITS = 26;
/** Buckets that share one start. */
export const GROUP = 8;
/** A count is a byte. */
export const MAX_BUCKET_CARDS = 255;
const MAX_MEAN_BUCKET_CARDS = 4.8;

/** What is known of a card: 1 + index in LISTED_STATES, and 32 entitlement bits. */
export type ListValue = readonly [state: number, entitlements: number];

export interface BaseSizes {
  readonly cards: number;
  readonly bucketBits: number;
  readonly exceptions: number;
}

/** The table over its memory. */
export interface BaseTable extends BaseSizes {
  readonly dictionary: readonly ListValue[];
  /** k1 of each card; cards stand bucket after bucket, within one by rising remainder. */
  readonly high: Uint32Array;
  /** Low 11 bits of k2, then 5 bits of code. */
  readonly low: Uint16Array;
  /** Cards in each bucket. */
  readonly counts: Uint8Array;
  /** Where each eighth bucket starts: worked out from the counts, in no file. */
  readonly starts: Uint32Array;
  /** Exceptions by rising place of their card. */
  readonly exceptionPlaces: Uint32Array;
  readonly exceptionEntitlements: Uint32Array;
  readonly exceptionStates: Uint8Array;
}

/** The fewest bits with which buckets hold at most 4.8 cards on average. */
export function bucketBitsFor(cards: number): number {
  const bits = Math.ceil(Math.log2(Math.max(1, cards / MAX_MEAN_BUCKET_CARDS)));
  return Math.min(MAX_BUCKET_BITS, Math.max(MIN_BUCKET_BITS, bits));
}

/** Chance that a card that is not on the list is taken for one that is, a look-up. */
export function falsePositiveChance({ cards, bucketBits }: BaseSizes): number {
  return cards / 2 ** (bucketBits + REMAINDER_BITS);
}

/** Bytes of the seven parts, in the order of ListMemory's. */
export function basePartBytes({ cards, bucketBits, exceptions }: BaseSizes): number[] {
  const buckets = 2 ** bucketBits;
  return [4 * cards, 2 * cards, buckets, 4 * exceptions, 4 * exceptions, exceptions, 4 * (buckets / GROUP)];
}

/** An empty table in memory that threads share. */
export function allocateBase(sizes: BaseSizes, dictionary: readonly ListValue[]): ListMemory {
  return {
    layout: BASE_LAYOUT,
    parts: basePartBytes(sizes).map((bytes) => new SharedArrayBuffer(bytes)),
    numbers: [sizes.cards, sizes.bucketBits, sizes.exceptions, ...dictionary.flat()],
  };
}

/** The table in the memory. Throws RangeError when the memory is not laid out as one. */
export function openBase({ layout, parts, numbers }: ListMemory): BaseTable {
  if (layout !== BASE_LAYOUT) throw new RangeError(`not a list's base: ${layout}`);
  const [cards = 0, bucketBits = 0, exceptions = 0, ...pairs] = numbers;
  const [high, low, counts, places, entitlements, states, starts] = parts;
  const sizes = basePartBytes({ cards, bucketBits, exceptions });
  const fits = sizes.every((bytes, i) => parts[i]?.byteLength === bytes);
  if (!high || !low || !counts || !places || !entitlements || !states || !starts || !fits) {
    throw new RangeError('memory of a list of other sizes than it says');
  }
  const dictionary: ListValue[] = [];
  for (let i = 0; i < pairs.length; i += 2) dictionary.push([pairs[i] ?? 0, pairs[i + 1] ?? 0]);
  return {
    cards,
    bucketBits,
    exceptions,
    dictionary,
    high: new Uint32Array(high),
    low: new Uint16Array(low),
    counts: new Uint8Array(counts),
    starts: new Uint32Array(starts),
    exceptionPlaces: new Uint32Array(places),
    exceptionEntitlements: new Uint32Array(entitlements),
    exceptionStates: new Uint8Array(states),
  };
}

export function setStarts({ counts, starts }: BaseTable): void {
  let place = 0;
  for (let bucket = 0; bucket < counts.length; bucket += 1) {
    if (bucket % GROUP === 0) starts[bucket / GROUP] = place;
    place += counts[bucket] as number;
  }
}

/** Where the card stands, or -1. The key's words k0..k2. */
export function findPlace(table: BaseTable, k0: number, k1: number, k2: number): number {
  const { counts, high, low } = table;
  const bucket = k0 >>> (32 - table.bucketBits);
  let place = table.starts[bucket >>> 3] as number;
  for (let before = bucket & ~(GROUP - 1); before < bucket; before += 1) place += counts[before] as number;
  const end = place + (counts[bucket] as number);
  const remainder = k1 >>> 0;
  const rest = k2 & 0x7ff;
  for (; place < end; place += 1) {
    const found = high[place] as number;
    if (found === remainder && (low[place] as number) >>> CODE_BITS === rest) return place;
    if (found > remainder) return -1;
  }
  return -1;
}

/** Code of the card at a place. */
export function codeAt(table: BaseTable, place: number): number {
  return (table.low[place] as number) & CODE_MASK;
}

/** Index in the table of exceptions of a card whose code sends the reader there. */
export function exceptionAt({ exceptionPlaces }: BaseTable, place: number): number {
  let from = 0;
  let to = exceptionPlaces.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((exceptionPlaces[middle] as number) < place) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** What is known of the card at a place. */
export function valueAt(table: BaseTable, place: number): ListValue {
  const code = codeAt(table, place);
  if (code !== EXCEPTION_CODE) return table.dictionary[code] ?? [0, 0];
  const exception = exceptionAt(table, place);
  return [table.exceptionStates[exception] ?? 0, table.exceptionEntitlements[exception] ?? 0];
}

/** The state of a value. Throws RangeError on one that no list has. */
export function stateOf([state]: ListValue): ListedState {
  const found = LISTED_STATES[state - 1];
  if (found === undefined) throw new RangeError(`no state has the number ${state}`);
  return found;
}
