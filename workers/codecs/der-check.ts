/**
 * Strict DER (ITU-T X.690 clauses 8 to 11), one pass over the bytes, nothing allocated. What holds here, `DerCursor` may
 * take for granted.
 */
import type { Code } from '../../config/codes.ts';

export const DER_BYTES_MAX = 65_536;
export const DER_DEPTH_MAX = 16;
export const DER_ELEMENTS_MAX = 4_096;

export interface DerLimits {
  readonly bytesMax: number;
  readonly elementsMax: number;
}

export const DER_LIMITS: DerLimits = { bytesMax: DER_BYTES_MAX, elementsMax: DER_ELEMENTS_MAX };

const CONSTRUCTED = 0x20;
const CLASS_BITS = 0xc0;

/** Universal types of a primitive form that are taken: those that certificates, keys, signatures and lists consist of. */
const PRIMITIVE_TYPES: ReadonlySet<number> = new Set([
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1a, 0x1c, 0x1e,
]);
const isPrimitiveType = Uint8Array.from({ length: 32 }, (_, tag) => (PRIMITIVE_TYPES.has(tag) ? 1 : 0));
const SEQUENCE = 0x30;
const SET = 0x31;

/** Where the constructed elements end that are open, and what they are. */
const ends = new Int32Array(DER_DEPTH_MAX);
/** Of an open SET: where its element before begins, to hold the order of SET OF; -1: none yet, or no set. */
const before = new Int32Array(DER_DEPTH_MAX);
const isSet = new Uint8Array(DER_DEPTH_MAX);

/**
 * What is wrong with the one element that `bytes` from `start` to `end` are to be, or null. Refused: lengths that are
 * indefinite or not minimal, tags of several bytes, types of which certificates know none, values that are not canonical
 * (BOOLEAN, INTEGER, NULL, OBJECT IDENTIFIER, BIT STRING, SET OF out of order), bytes behind the end, more nesting than
 * `DER_DEPTH_MAX`, more elements or bytes than `limits`.
 */
export function derFault(
  bytes: Uint8Array,
  start: number = 0,
  end: number = bytes.length,
  limits: DerLimits = DER_LIMITS,
): Code | null {
  if (end - start > limits.bytesMax) return 'credential.oversized';
  let depth = 0;
  let at = start;
  let limit = end;
  for (let elements = 1; ; elements++) {
    if (elements > limits.elementsMax) return 'credential.oversized';
    if (at + 2 > limit) return depth === 0 ? 'credential.truncated' : 'credential.malformed';
    const tag = bytes[at] as number;
    const value = valueStart(bytes, at, limit);
    if (value < 0) return depth === 0 && value === RUNS_OUT ? 'credential.truncated' : 'credential.malformed';
    const stop = value + valueBytes(bytes, at);
    if (stop > limit) return depth === 0 ? 'credential.truncated' : 'credential.malformed';
    if (depth === 0 && stop < end) return 'credential.trailing';
    if (depth > 0 && isSet[depth - 1] === 1) {
      const previous = before[depth - 1] as number;
      if (previous >= 0 && !inOrder(bytes, previous, at, stop)) return 'credential.malformed';
      before[depth - 1] = at;
    }
    if ((tag & CONSTRUCTED) !== 0) {
      if ((tag & CLASS_BITS) === 0 && tag !== SEQUENCE && tag !== SET) return 'credential.malformed';
      if (depth === DER_DEPTH_MAX) return 'credential.oversized';
      ends[depth] = stop;
      isSet[depth] = tag === SET ? 1 : 0;
      before[depth] = -1;
      depth += 1;
      at = value;
    } else {
      if ((tag & CLASS_BITS) === 0 && !isCanonical(bytes, tag, value, stop)) return 'credential.malformed';
      at = stop;
    }
    while (depth > 0 && at === ends[depth - 1]) depth -= 1;
    if (depth === 0) return null;
    limit = ends[depth - 1] as number;
  }
}

/** Bytes of the element that begins at `start`, header included; -1 where no strict header is. To cut off padding. */
export function derElementBytes(bytes: Uint8Array, start: number = 0): number {
  const value = valueStart(bytes, start, bytes.length);
  return value < 0 ? -1 : value - start + valueBytes(bytes, start);
}

const RUNS_OUT = -2;

/** Where the value begins; -1: no strict header, RUNS_OUT: the header ends behind `limit`. */
function valueStart(bytes: Uint8Array, at: number, limit: number): number {
  if (at + 2 > limit) return RUNS_OUT;
  const tag = bytes[at] as number;
  // 0x1f: a number in further bytes (8.1.2.4), which nothing of ours uses. 0: the end of contents of BER.
  if ((tag & 0x1f) === 0x1f || tag === 0) return -1;
  const first = bytes[at + 1] as number;
  if (first < 0x80) return at + 2;
  const count = first & 0x7f;
  if (count === 0 || count > 3) return -1;
  if (at + 2 + count > limit) return RUNS_OUT;
  const leading = bytes[at + 2] as number;
  if (leading === 0 || (count === 1 && leading < 0x80)) return -1;
  return at + 2 + count;
}

/** The length that a strict header says. */
function valueBytes(bytes: Uint8Array, at: number): number {
  const first = bytes[at + 1] as number;
  if (first < 0x80) return first;
  let length = 0;
  for (let i = at + 2; i < at + 2 + (first & 0x7f); i++) length = length * 256 + (bytes[i] as number);
  return length;
}

/** Whether a value of a universal primitive type is the one way to write it. */
function isCanonical(bytes: Uint8Array, tag: number, start: number, stop: number): boolean {
  switch (tag) {
    case 0x01:
      return stop - start === 1 && (bytes[start] === 0 || bytes[start] === 0xff);
    case 0x02:
    case 0x0a:
      return isMinimalInteger(bytes, start, stop);
    case 0x03:
      return isCanonicalBitString(bytes, start, stop);
    case 0x05:
      return stop === start;
    case 0x06:
      return isObjectIdentifier(bytes, start, stop);
    default:
      return isPrimitiveType[tag] === 1;
  }
}

/** Clause 8.3.2. */
function isMinimalInteger(bytes: Uint8Array, start: number, stop: number): boolean {
  if (stop === start) return false;
  if (stop - start === 1) return true;
  const high = (bytes[start + 1] as number) >= 0x80;
  return bytes[start] === 0 ? high : bytes[start] !== 0xff || !high;
}

/** Clauses 8.6.2 and 11.2.1: the unused bits are zero. */
function isCanonicalBitString(bytes: Uint8Array, start: number, stop: number): boolean {
  if (stop === start) return false;
  const unused = bytes[start] as number;
  if (stop - start === 1) return unused === 0;
  return unused <= 7 && ((bytes[stop - 1] as number) & ((1 << unused) - 1)) === 0;
}

/** Clause 8.19.2: no arc begins with 0x80, and the last one ends. */
function isObjectIdentifier(bytes: Uint8Array, start: number, stop: number): boolean {
  if (stop === start || stop - start > OID_BYTES_MAX || (bytes[stop - 1] as number) >= 0x80) return false;
  for (let at = start, first = true; at < stop; at++) {
    const byte = bytes[at] as number;
    if (first && byte === 0x80) return false;
    first = byte < 0x80;
  }
  return true;
}

const OID_BYTES_MAX = 64;

/** Clause 11.6: elements of a SET OF ascend, the shorter one as if padded with zeros. */
function inOrder(bytes: Uint8Array, previous: number, at: number, stop: number): boolean {
  const [a, b] = [at - previous, stop - at];
  for (let i = 0; i < a || i < b; i++) {
    const difference =
      (i < a ? (bytes[previous + i] as number) : 0) - (i < b ? (bytes[at + i] as number) : 0);
    if (difference !== 0) return difference < 0;
  }
  return true;
}
