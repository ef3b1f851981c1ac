/** BER-TLV as cards write it (EMV Book 3, annex B), read from a card that may be hostile. */
import { CardError } from './card-error.ts';

export interface Element {
  /** Upper-case hex. */
  readonly tag: string;
  readonly constructed: boolean;
  readonly value: Uint8Array;
  /** Tag, length and value as they stood. */
  readonly whole: Uint8Array;
}

const TAG_BYTES_MAX = 3;
const ELEMENTS_MAX = 256;
const DEPTH_MAX = 5;

/** The elements that stand side by side in `bytes`. Throws CardError `card.malformed`, or `card.endless`. */
export function elements(bytes: Uint8Array): readonly Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    // Annex B1: zero bytes between data objects have no meaning.
    if (bytes[at] === 0) {
      at += 1;
      continue;
    }
    if (found.length === ELEMENTS_MAX)
      throw new CardError('card.endless', 'more data objects than a card has');
    const element = elementAt(bytes, at);
    found.push(element);
    at += element.whole.length;
  }
  return found;
}

/** The one element that `bytes` are, or null when it has another tag. Throws CardError. */
export function onlyElement(bytes: Uint8Array, tag: string): Element | null {
  const [first, ...more] = elements(bytes);
  return first?.tag === tag && more.length === 0 ? first : null;
}

/** All elements, those in templates after their template. Throws CardError. */
export function flattened(bytes: Uint8Array, depth = 0): readonly Element[] {
  if (depth === DEPTH_MAX) throw new CardError('card.endless', 'templates in templates without end');
  return elements(bytes).flatMap((element) =>
    element.constructed ? [element, ...flattened(element.value, depth + 1)] : [element],
  );
}

function elementAt(bytes: Uint8Array, start: number): Element {
  const tagEnd = endOfTag(bytes, start);
  const first = byteAt(bytes, tagEnd);
  // Annex B2: one byte, or 81 or 82 and one or two bytes.
  const more = first < 0x80 ? 0 : first - 0x80;
  if (more > 2 || first === 0x80) throw malformed('a length of a form that cards do not have');
  let length = more === 0 ? first : 0;
  for (let i = 1; i <= more; i += 1) length = length * 256 + byteAt(bytes, tagEnd + i);
  const valueAt = tagEnd + 1 + more;
  if (valueAt + length > bytes.length) throw malformed('a data object that is longer than what holds it');
  return {
    tag: hex(bytes.subarray(start, tagEnd)),
    constructed: (byteAt(bytes, start) & 0x20) !== 0,
    value: bytes.subarray(valueAt, valueAt + length),
    whole: bytes.subarray(start, valueAt + length),
  };
}

export interface DolEntry {
  readonly tag: string;
  readonly constructed: boolean;
  /** Bytes that its value is to take. */
  readonly length: number;
}

/** Entries of a data object list (clause 5.4). Throws CardError. */
export function readDol(bytes: Uint8Array): readonly DolEntry[] {
  const entries: DolEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tagEnd = endOfTag(bytes, at);
    const length = byteAt(bytes, tagEnd);
    const constructed = (byteAt(bytes, at) & 0x20) !== 0;
    entries.push({ tag: hex(bytes.subarray(at, tagEnd)), constructed, length });
    at = tagEnd + 1;
  }
  return entries;
}

function endOfTag(bytes: Uint8Array, start: number): number {
  if ((byteAt(bytes, start) & 0x1f) !== 0x1f) return start + 1;
  for (let at = start + 1; at < start + TAG_BYTES_MAX; at += 1) {
    if ((byteAt(bytes, at) & 0x80) === 0) return at + 1;
  }
  throw malformed('a tag that does not end');
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw malformed('a data object that ends too early');
  return byte;
}

const malformed = (why: string) => new CardError('card.malformed', why);

/** Upper-case. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}

export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}
