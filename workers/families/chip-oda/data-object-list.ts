/** Terminal data put together as a card's data object list asks: EMV Book 3 clause 5.4. */
import type { DolEntry } from '../../codecs/tlv.ts';
import type { DataObjects } from './input.ts';

/**
 * Terminal data objects of numeric format (EMV Book 3, Annex A1): shortened and filled up on the left. No terminal
 * data object is compressed numeric, so filling up with F never arises.
 */
const NUMERIC_TAGS: ReadonlySet<string> = new Set([
  '5F2A',
  '5F36',
  '5F57',
  '9A',
  '9C',
  '9F01',
  '9F02',
  '9F03',
  '9F15',
  '9F1A',
  '9F21',
  '9F35',
  '9F39',
  '9F3C',
  '9F3D',
  '9F41',
]);

/**
 * The values in the order of the list, each as long as its entry says. Rule a: zeros for what the terminal does not
 * have and for constructed objects.
 */
export function buildDolData(entries: readonly DolEntry[], terminal: DataObjects): Uint8Array {
  const data = new Uint8Array(entries.reduce((sum, entry) => sum + entry.length, 0));
  let start = 0;
  for (const entry of entries) {
    const value = entry.constructed ? undefined : terminal[entry.tag];
    if (value !== undefined) place(data, start, entry, value);
    start += entry.length;
  }
  return data;
}

/** Rules c and d: a numeric value is shortened and filled up with zeros on its left, any other on its right. */
function place(data: Uint8Array, start: number, { tag, length }: DolEntry, value: Uint8Array): void {
  const excess = value.length - length;
  if (!NUMERIC_TAGS.has(tag)) data.set(excess > 0 ? value.subarray(0, length) : value, start);
  else if (excess > 0) data.set(value.subarray(excess), start);
  else data.set(value, start - excess);
}
