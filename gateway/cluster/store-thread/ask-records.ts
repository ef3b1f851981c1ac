/** What the main thread asks of the thread of the store, as bytes of a ring: what taps want, and what they give back. */
import type { Wanted } from '../store/taking.ts';
import type { RingWriter } from './byte-ring.ts';

/** Where a record is written: a ring, or what holds one. */
type RecordPlace = Pick<RingWriter, 'open' | 'close'> & { readonly bytes: Buffer };

/** What a tap gives back of what it took. */
export interface GivenBack {
  readonly showing: boolean;
  readonly card: boolean;
}

export type Ask =
  | { readonly kind: 'take'; readonly number: number; readonly all: readonly Wanted[] }
  | { readonly kind: 'give_back'; readonly wanted: Wanted; readonly what: GivenBack };

const [TAKE, GIVE_BACK] = [1, 2] as const;
const [SHOWING, CARD] = [1, 2] as const;
/** Kind, what is given back, count, number. */
const HEAD_BYTES = 8;
const NAME_BYTES = 16;
/** Count of names, whether there is a card, two times, and five lengths at most. */
const FIXED_BYTES = 2 + 8 + 8 + 4 * 2;
const UTF8_BYTES_MAX = 3;

/** `sinceMs`: times are written as what is left then. False: there is no room, and nothing was written. */
export function writeTake(ring: RecordPlace, number: number, all: readonly Wanted[], sinceMs = 0): boolean {
  const from = ring.open(all.reduce((sum, wanted) => sum + bytesMax(wanted), HEAD_BYTES));
  if (from < 0) return false;
  let at = writeHead(ring.bytes, from, { kind: TAKE, what: 0, count: all.length, number });
  for (let i = 0; i < all.length; i += 1) {
    at = writeWanted(ring.bytes, at, all[i] as Wanted, sinceMs);
  }
  ring.close(at - from);
  return true;
}

/** False: there is no room, and nothing was written. */
export function writeGiveBack(ring: RecordPlace, wanted: Wanted, { showing, card }: GivenBack): boolean {
  const from = ring.open(HEAD_BYTES + bytesMax(wanted));
  if (from < 0) return false;
  const what = (showing ? SHOWING : 0) | (card ? CARD : 0);
  const at = writeHead(ring.bytes, from, { kind: GIVE_BACK, what, count: 1, number: 0 });
  ring.close(writeWanted(ring.bytes, at, wanted) - from);
  return true;
}

/** Keeps nothing of `bytes`. */
export function readAsk(bytes: Buffer, from: number): Ask {
  const place = { at: from + HEAD_BYTES };
  if (bytes[from] === GIVE_BACK) {
    const what = bytes[from + 1] ?? 0;
    return {
      kind: 'give_back',
      wanted: readWanted(bytes, place),
      what: { showing: (what & SHOWING) !== 0, card: (what & CARD) !== 0 },
    };
  }
  const all = Array.from({ length: bytes.readUInt16LE(from + 2) }, () => readWanted(bytes, place));
  return { kind: 'take', number: bytes.readUInt32LE(from + 4), all };
}

interface Head {
  readonly kind: number;
  readonly what: number;
  readonly count: number;
  readonly number: number;
}

function writeHead(bytes: Buffer, at: number, { kind, what, count, number }: Head): number {
  bytes[at] = kind;
  bytes[at + 1] = what;
  bytes.writeUInt16LE(count, at + 2);
  return bytes.writeUInt32LE(number, at + 4);
}

function bytesMax({ names, tap, card }: Wanted): number {
  const texts = tap.deviceId.length + tap.stream.length;
  const ofCard = card === null ? 0 : card.listRevision.length + card.credentialId.length;
  return FIXED_BYTES + names.length * NAME_BYTES + UTF8_BYTES_MAX * (texts + ofCard);
}

function writeWanted(
  bytes: Buffer,
  from: number,
  { names, untilMs, tap, card }: Wanted,
  sinceMs = 0,
): number {
  bytes[from] = names.length;
  bytes[from + 1] = card === null ? 0 : 1;
  let at = bytes.writeDoubleLE(untilMs - sinceMs, from + 2);
  at = bytes.writeDoubleLE(tap.seq, at);
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i] as Uint8Array;
    if (name.length !== NAME_BYTES) throw new TypeError(`a shared name of ${name.length} bytes`);
    bytes.set(name, at);
    at += NAME_BYTES;
  }
  at = writeText(bytes, at, tap.deviceId);
  at = writeText(bytes, at, tap.stream);
  if (card === null) return at;
  at = writeText(bytes, at, card.listRevision);
  return writeText(bytes, at, card.credentialId);
}

function readWanted(bytes: Buffer, place: { at: number }): Wanted {
  const count = bytes[place.at] ?? 0;
  const hasCard = bytes[place.at + 1] === 1;
  const untilMs = bytes.readDoubleLE(place.at + 2);
  const seq = bytes.readDoubleLE(place.at + 10);
  place.at += 18;
  const names: Uint8Array[] = [];
  for (let i = 0; i < count; i += 1, place.at += NAME_BYTES) {
    names.push(new Uint8Array(bytes.subarray(place.at, place.at + NAME_BYTES)));
  }
  const tap = { deviceId: readText(bytes, place), stream: readText(bytes, place), seq };
  const card = hasCard
    ? { listRevision: readText(bytes, place), credentialId: readText(bytes, place) }
    : null;
  return { names, untilMs, tap, card };
}

function writeText(bytes: Buffer, at: number, text: string): number {
  const length = bytes.write(text, at + 2, 'utf8');
  return bytes.writeUInt16LE(length, at) + length;
}

function readText(bytes: Buffer, place: { at: number }): string {
  const from = place.at + 2;
  place.at = from + bytes.readUInt16LE(place.at);
  return bytes.toString('utf8', from, place.at);
}
