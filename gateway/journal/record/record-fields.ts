/**
 * The kinds of a record's fields as MessagePack, in the form that all stored records have: numbers that are no integers
 * of 32 bits as float 64, maps with a length of 16 bits.
 *
 * Each function writes one field at a position and returns the position behind it. What does not fit is left out, and the
 * place is right all the same: who began the record sees by it that the memory was too small.
 */
import type { RecordMemory } from './record-memory.ts';

/** Texts up to this long are written unit by unit; for longer ones one call is faster. */
const SHORT_UNITS = 8;
/** Names of claims and facts come from tables of ours: there are some dozens. */
const KNOWN_NAMES_MAX = 512;
const UTF8_PER_UNIT = 3;
/** Head of a text or of bytes, at most. */
const HEAD_BYTES = 5;

const NIBBLES = new Uint8Array(128).fill(0xff);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  NIBBLES[digit.charCodeAt(0)] = value;
  NIBBLES[digit.toUpperCase().charCodeAt(0)] = value;
}

/** A name as it is written, and the name that came behind it last. */
interface KnownName {
  readonly text: string;
  readonly written: Uint8Array;
  next: KnownName | null;
}

const knownNames = new Map<string, KnownName>();
/** Comes before the first name of every map. */
const beforeNames: KnownName = { text: '', written: new Uint8Array(), next: null };

export function writeNil({ bytes }: RecordMemory, at: number): number {
  bytes[at] = 0xc0;
  return at + 1;
}

export function writeFlag({ bytes }: RecordMemory, at: number, value: boolean): number {
  bytes[at] = value ? 0xc3 : 0xc2;
  return at + 1;
}

export function writeNumber(memory: RecordMemory, at: number, value: number): number {
  const { bytes } = memory;
  if (value >>> 0 !== value) return writeOtherNumber(memory, at, value);
  if (value <= 0x7f) {
    bytes[at] = value;
    return at + 1;
  }
  if (value <= 0xff) {
    bytes[at] = 0xcc;
    bytes[at + 1] = value;
    return at + 2;
  }
  if (value <= 0xffff) {
    bytes[at] = 0xcd;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value;
    return at + 3;
  }
  bytes[at] = 0xce;
  bytes[at + 1] = value >>> 24;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 8;
  bytes[at + 4] = value;
  return at + 5;
}

export function writeNumberOrNil(memory: RecordMemory, at: number, value: number | null): number {
  return value === null ? writeNil(memory, at) : writeNumber(memory, at, value);
}

/** Bytes of a length that the layout gives. Throws TypeError on another. */
export function writeBytes({ bytes }: RecordMemory, at: number, value: Uint8Array, length: number): number {
  if (value.length !== length) throw new TypeError(`a field of ${length} bytes has ${value.length}`);
  const start = at + 2;
  if (start + length <= bytes.length) {
    bytes[at] = 0xc4;
    bytes[at + 1] = length;
    bytes.set(value, start);
  }
  return start + length;
}

export function writeBytesOrNil(
  memory: RecordMemory,
  at: number,
  value: Uint8Array | null,
  length: number,
): number {
  return value === null ? writeNil(memory, at) : writeBytes(memory, at, value, length);
}

/** Bytes given as hex text. Throws TypeError when it is not that, of that length. */
export function writeHex({ bytes }: RecordMemory, at: number, text: string, length: number): number {
  if (text.length !== 2 * length) throw new TypeError(`a field of ${length} bytes has other text`);
  bytes[at] = 0xc4;
  bytes[at + 1] = length;
  const start = at + 2;
  let [units, nibbles] = [0, 0];
  for (let i = 0; i < length; i += 1) {
    const [first, second] = [text.charCodeAt(2 * i), text.charCodeAt(2 * i + 1)];
    const high = NIBBLES[first & 0x7f] ?? 0;
    const low = NIBBLES[second & 0x7f] ?? 0;
    bytes[start + i] = (high << 4) | low;
    units |= first | second;
    nibbles |= high | low;
  }
  if (units > 0x7f || nibbles > 0xf) throw new TypeError('not hexadecimal text');
  return start + length;
}

export function writeText(memory: RecordMemory, at: number, text: string): number {
  const { length } = text;
  if (length > SHORT_UNITS) return writeLongText(memory, at, text);
  const { bytes } = memory;
  bytes[at] = 0xa0 | length;
  for (let i = 0; i < length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return writeAnyText(memory, at, text);
    bytes[at + 1 + i] = unit;
  }
  return at + 1 + length;
}

export function writeTextOrNil(memory: RecordMemory, at: number, text: string | null): number {
  return text === null ? writeNil(memory, at) : writeText(memory, at, text);
}

/** A map of plain values, in its own order. Throws TypeError on any other value. */
export function writeScalars(
  memory: RecordMemory,
  at: number,
  map: Readonly<Record<string, string | number | boolean>>,
): number {
  let end = at + 3;
  let size = 0;
  let known = beforeNames;
  for (const name in map) {
    const value = map[name];
    known = knownName(name, known);
    end = writeName(memory, end, known);
    if (typeof value === 'string') end = writeText(memory, end, value);
    else if (typeof value === 'number') end = writeNumber(memory, end, value);
    else if (typeof value === 'boolean') end = writeFlag(memory, end, value);
    else throw new TypeError(`${name} is no plain value`);
    size += 1;
  }
  const { bytes } = memory;
  bytes[at] = 0xde;
  bytes[at + 1] = size >>> 8;
  bytes[at + 2] = size;
  return end;
}

/** Maps of one family have the same names in the same order: most are found through the one before. */
function knownName(text: string, before: KnownName): KnownName {
  const { next } = before;
  if (next !== null && next.text === text) return next;
  let known = knownNames.get(text);
  if (known === undefined) {
    known = { text, written: written(text), next: null };
    if (knownNames.size < KNOWN_NAMES_MAX) knownNames.set(text, known);
  }
  before.next = known;
  return known;
}

function writeName({ bytes }: RecordMemory, at: number, { written }: KnownName): number {
  const end = at + written.length;
  if (end <= bytes.length) bytes.set(written, at);
  return end;
}

/** A text, with its head, by itself. */
function written(text: string): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(HEAD_BYTES + UTF8_PER_UNIT * text.length);
  const end = writeText({ bytes, view: new DataView(bytes.buffer) }, 0, text);
  return Uint8Array.from(bytes.subarray(0, end));
}

/** Most long texts have less than 256 units, all of them ASCII: then the head is known before they are encoded. */
function writeLongText(memory: RecordMemory, at: number, text: string): number {
  const { bytes } = memory;
  const { length } = text;
  const start = length < 0x20 ? at + 1 : at + 2;
  if (length >= 0x100 || start + UTF8_PER_UNIT * length > bytes.length) return writeAnyText(memory, at, text);
  if (bytes.write(text, start) !== length) return writeAnyText(memory, at, text);
  if (length < 0x20) bytes[at] = 0xa0 | length;
  else {
    bytes[at] = 0xd9;
    bytes[at + 1] = length;
  }
  return start + length;
}

function writeAnyText({ bytes, view }: RecordMemory, at: number, text: string): number {
  const length = Buffer.byteLength(text);
  const start = at + (length < 0x20 ? 1 : length < 0x100 ? 2 : length < 0x1_0000 ? 3 : HEAD_BYTES);
  if (start + length > bytes.length) return start + length;
  if (length < 0x20) bytes[at] = 0xa0 | length;
  else if (length < 0x100) {
    bytes[at] = 0xd9;
    bytes[at + 1] = length;
  } else if (length < 0x1_0000) {
    bytes[at] = 0xda;
    view.setUint16(at + 1, length);
  } else {
    bytes[at] = 0xdb;
    view.setUint32(at + 1, length);
  }
  bytes.write(text, start);
  return start + length;
}

/** Negative, of more than 32 bits, or no integer. */
function writeOtherNumber({ bytes, view }: RecordMemory, at: number, value: number): number {
  const isInteger = value >> 0 === value;
  const end = at + (!isInteger ? 9 : value >= -0x20 ? 1 : value >= -0x80 ? 2 : value >= -0x8000 ? 3 : 5);
  if (end > bytes.length) return end;
  if (!isInteger) {
    bytes[at] = 0xcb;
    view.setFloat64(at + 1, value);
  } else if (value >= -0x20) bytes[at] = value;
  else if (value >= -0x80) {
    bytes[at] = 0xd0;
    bytes[at + 1] = value;
  } else if (value >= -0x8000) {
    bytes[at] = 0xd1;
    view.setInt16(at + 1, value);
  } else {
    bytes[at] = 0xd2;
    view.setInt32(at + 1, value);
  }
  return end;
}
