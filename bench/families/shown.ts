/** What a benchmark of a family is fed with: presentations of a city's cards, read as they are at a gateway. */
import { createCity } from '../../platform/city.ts';
import { type PresentationLine, presentationLine } from '../../platform/issue/presentations.ts';
import { readItem } from '../../verify/item.ts';
import type { ProveItem } from '../../workers/contract.ts';

export type ShownLine = Pick<PresentationLine, 'credential' | 'context'>;

export interface Shown {
  readonly family: string;
  readonly trust: unknown;
  /** Other cards of the same issuers: they bring the issuers' chains into memory. */
  readonly before: readonly ProveItem[];
  /** Each card for the first time. */
  readonly first: readonly ProveItem[];
  /** The same as JSON. */
  readonly lines: readonly ShownLine[];
  /** Each card once more, with another nonce, a second later. */
  readonly again: readonly ProveItem[];
  /** Bytes of a credential, the median. */
  readonly bytes: number;
  /** Whether the same card shown again is another presentation. */
  readonly isBound: boolean;
}

const BEFORE = 64;

/** `cards`: how many are shown. Throws where the family's issuer makes what cannot be read. */
export function shownOf(family: string, seed: string, cards: number): Shown {
  const now = Date.now();
  const city = createCity({ seed, cards: cards + BEFORE, chips: 'sm2', now });
  const lineOf = (index: number, nonce: string, atMs: number) =>
    presentationLine(family, { city, index, atMs, mode: 'dda', chip: 0, nonce, fault: null });
  const itemOf = (index: number, nonce: string, atMs: number): ProveItem => {
    const read = readItem(lineOf(index, nonce, atMs));
    if (read.kind !== 'item') throw new Error(`${family}: ${read.reason} at ${read.field}`);
    const { disclose: _, ...item } = read.item;
    return item;
  };
  const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
  const lines = range(0, cards).map((index) => lineOf(index, 'a', now));
  const sizes = lines
    .slice(0, BEFORE)
    .map(({ credential }) => sizeOf(credential))
    .toSorted((a, b) => a - b);
  const first = range(0, cards).map((index) => itemOf(index, 'a', now));
  const again = range(0, cards).map((index) => itemOf(index, 'b', now + 1_000));
  return {
    family,
    trust: city.trustDocument(),
    before: range(cards, BEFORE).map((index) => itemOf(index, 'a', now)),
    first,
    lines,
    again,
    bytes: sizes[sizes.length >> 1] ?? 0,
    isBound: JSON.stringify(first[0]?.input) !== JSON.stringify(again[0]?.input),
  };
}

/** Text by its characters, hex and base64 by the bytes they stand for. */
function sizeOf(credential: unknown): number {
  if (typeof credential === 'string') {
    if (/^[0-9a-f]*$/i.test(credential)) return credential.length / 2;
    const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(credential) && credential.length % 4 === 0;
    return isBase64 ? Buffer.byteLength(credential, 'base64') : credential.length;
  }
  if (typeof credential !== 'object' || credential === null) return 0;
  return Object.values(credential).reduce((sum: number, each) => sum + sizeOf(each), 0);
}
