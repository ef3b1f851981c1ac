/**
 * Strict reader of CBOR (RFC 8949) from a stranger, one for all families. Besides what is not well-formed it refuses keys that
 * are there twice (compared decoded), indefinite lengths, bytes after the end, nesting and items beyond the bounds of
 * `cbor-profile.ts`, invalid UTF-8, keys that are neither text nor integer, integers that a JavaScript number cannot hold,
 * simple values other than false, true, null and undefined, and whatever the profile leaves out. The cost is linear in the bytes.
 */
import { isUtf8 } from 'node:buffer';
import type { Code } from '../../config/codes.ts';
import { CBOR_DEPTH_MAX, CBOR_ITEMS_MAX, type CborProfile } from './cbor-profile.ts';
import { BYTES, type CborTape, MAP, NEGATIVE, SIMPLE, TAG, TEXT } from './cbor-tape.ts';
import { toHex } from './hex.ts';

/** Maps of so many pairs are searched pair by pair for a key that is there twice. */
const SMALL_MAP_PAIRS = 16;
const NO_BYTES = new Uint8Array();
/** Arguments up to here are in the head's own byte. */
const SHORT_ARGUMENT_MAX = 23;
const INDEFINITE = 31;
const TAG_DATE_TEXT = 0;
const TAG_DATE_NUMBER = 1;
const TAG_ENCODED_CBOR = 24;
/** The smallest arguments that need 1, 2, 4 and 8 bytes. */
const LEAST_ARGUMENTS = [24, 0x100, 0x1_0000, 0x1_0000_0000];

/** Of each container that is open: its place, and how many items come after it in the one around it. */
const openAt = new Int32Array(CBOR_DEPTH_MAX);
const toCome = new Int32Array(CBOR_DEPTH_MAX);
/** The long head read last. */
let argument = 0;
let contentAt = 0;

/**
 * Fills the tape from the one item that `bytes` from `start` to `end` are; every offset of the tape counts from the beginning of
 * `bytes`. Returns null, or the code of the first fault. Never throws for any bytes; nothing may be asked of a tape after a fault.
 */
export function readCbor(
  tape: CborTape,
  bytes: Uint8Array,
  profile: CborProfile,
  start = 0,
  end = bytes.length,
): Code | null {
  tape.bytes = bytes;
  tape.length = 0;
  const { majors, starts, contents, ends, sizes, nexts } = tape;
  let depth = 0;
  /** Of the innermost container that is open: items still to come, and whether they are pairs. */
  let left = 0;
  let isInMap = false;
  let offset = start;
  for (let at = 0; ; ) {
    if (at === CBOR_ITEMS_MAX) return 'credential.too_many_items';
    if (offset >= end) return 'credential.truncated';
    const head = bytes[offset] as number;
    const major = head >> 5;
    let size = head & 0x1f;
    let content = offset + 1;
    if (size > SHORT_ARGUMENT_MAX) {
      const headFault = readLongHead(bytes, offset, end, profile);
      if (headFault !== null) return headFault;
      size = argument;
      content = contentAt;
    }
    if (isInMap && (left & 1) === 0 && !isKeyType(major, profile)) return 'credential.key_type';
    majors[at] = major;
    starts[at] = offset;
    contents[at] = content;
    sizes[at] = size;
    if (major <= TEXT) {
      const fault = leafFault(bytes, major, size, content, end);
      if (fault !== null) return fault;
      offset = major >= BYTES ? content + size : content;
    } else {
      const items = itemsIn(major, size);
      const fault =
        major === SIMPLE
          ? simpleFault(bytes, offset, profile)
          : (tagFault(major, size, profile) ?? itemsFault(items, depth, end - content, at));
      if (fault !== null) return fault;
      offset = content;
      if (items > 0) {
        openAt[depth] = at;
        toCome[depth] = left - 1;
        depth += 1;
        at += 1;
        left = items;
        isInMap = major === MAP;
        continue;
      }
    }
    ends[at] = offset;
    at += 1;
    nexts[at - 1] = at;
    left -= 1;
    while (left === 0 && depth > 0) {
      depth -= 1;
      const opened = openAt[depth] as number;
      ends[opened] = offset;
      nexts[opened] = at;
      const fault = closingFault(tape, opened);
      if (fault !== null) return fault;
      left = toCome[depth] as number;
      isInMap = depth > 0 && majors[openAt[depth - 1] as number] === MAP;
    }
    if (depth === 0) {
      tape.length = at;
      return offset === end ? null : 'credential.trailing';
    }
  }
}

/** One whose argument takes bytes of its own: into `argument` and `contentAt`. */
function readLongHead(bytes: Uint8Array, offset: number, end: number, profile: CborProfile): Code | null {
  const head = bytes[offset] as number;
  const info = head & 0x1f;
  contentAt = offset + 1;
  if (info > 27) {
    const major = head >> 5;
    return info === INDEFINITE && major >= BYTES && major <= MAP
      ? 'credential.indefinite_length'
      : 'credential.malformed';
  }
  const width = 1 << (info - 24);
  contentAt += width;
  if (contentAt > end) return 'credential.truncated';
  argument = info;
  if (head >> 5 === SIMPLE) return null;
  argument = 0;
  for (let i = offset + 1; i < contentAt; i += 1) argument = argument * 256 + (bytes[i] as number);
  return profile.longHeads || argument >= (LEAST_ARGUMENTS[info - 24] as number)
    ? null
    : 'credential.not_shortest';
}

function isKeyType(major: number, { byteKeys }: CborProfile): boolean {
  return major <= NEGATIVE || major === TEXT || (major === BYTES && byteKeys === true);
}

/** What is wrong with an integer or a string. */
function leafFault(
  bytes: Uint8Array,
  major: number,
  size: number,
  content: number,
  end: number,
): Code | null {
  if (major <= NEGATIVE)
    return size <= Number.MAX_SAFE_INTEGER - major ? null : 'credential.integer_too_large';
  if (size > end - content) return 'credential.truncated';
  return major === BYTES || isText(bytes, content, content + size) ? null : 'credential.encoding';
}

/** How many items come, each of a pair counted; that they are no more than can be is still to be seen. */
function itemsIn(major: number, size: number): number {
  if (major === MAP) return size * 2;
  return major === TAG ? 1 : major === SIMPLE ? 0 : size;
}

/** A container says how many items come. No memory is taken by it, and none can be more than bytes are left. */
function itemsFault(items: number, depth: number, bytesLeft: number, at: number): Code | null {
  if (items === 0) return null;
  if (depth === CBOR_DEPTH_MAX) return 'credential.too_deep';
  if (items > bytesLeft) return 'credential.truncated';
  return items >= CBOR_ITEMS_MAX - at ? 'credential.too_many_items' : null;
}

function tagFault(major: number, size: number, profile: CborProfile): Code | null {
  return major !== TAG || isTagAllowed(size, profile) ? null : 'credential.type_not_allowed';
}

function simpleFault(bytes: Uint8Array, offset: number, { floats }: CborProfile): Code | null {
  const info = (bytes[offset] as number) & 0x1f;
  if (info >= 25) return floats ? null : 'credential.type_not_allowed';
  if (info === 24) {
    // RFC 8949 clause 3.3: values below 32 have no such form.
    return (bytes[offset + 1] as number) < 32 ? 'credential.malformed' : 'credential.type_not_allowed';
  }
  return info >= 20 ? null : 'credential.type_not_allowed';
}

function isTagAllowed(tag: number, { dates, tags }: CborProfile): boolean {
  if (tag === TAG_DATE_TEXT || tag === TAG_DATE_NUMBER) return dates;
  return tags === null ? tag <= 0x7fff_ffff : tags.has(tag);
}

function closingFault(tape: CborTape, at: number): Code | null {
  const major = tape.majors[at];
  if (major === MAP) return hasKeyTwice(tape, at) ? 'credential.duplicate_key' : null;
  if (major !== TAG) return null;
  const tag = tape.sizes[at];
  const content = tape.majors[at + 1] as number;
  // RFC 8949 clauses 3.4.1, 3.4.2 and 3.4.5.1.
  if (tag === TAG_ENCODED_CBOR) return content === BYTES ? null : 'credential.malformed';
  if (tag === TAG_DATE_TEXT) return content === TEXT ? null : 'credential.malformed';
  if (tag === TAG_DATE_NUMBER) return Number.isFinite(tape.number(at + 1)) ? null : 'credential.malformed';
  return null;
}

function hasKeyTwice(tape: CborTape, map: number): boolean {
  const pairs = tape.sizes[map] as number;
  if (pairs < 2) return false;
  const { nexts } = tape;
  const end = nexts[map] as number;
  if (pairs > SMALL_MAP_PAIRS) return hasKeyTwiceInLarge(tape, map + 1, end);
  for (let a = map + 1; a < end; a = nexts[a + 1] as number) {
    for (let b = nexts[a + 1] as number; b < end; b = nexts[b + 1] as number)
      if (isSameKey(tape, a, b)) return true;
  }
  return false;
}

/** Keys that ascend are all different, as those of a map that was written in order; for others a set is made. */
function hasKeyTwiceInLarge(tape: CborTape, first: number, end: number): boolean {
  let before = Number.NEGATIVE_INFINITY;
  for (let key = first; ; key = tape.nexts[key + 1] as number) {
    if (key >= end) return false;
    const integer = tape.integer(key);
    if (!(integer > before)) break;
    before = integer;
  }
  const seen = new Set<string>();
  let keys = 0;
  for (let key = first; key < end; key = tape.nexts[key + 1] as number) {
    keys += 1;
    // Texts of which nobody outside can make many with one hash: the engine's hashes of texts have a secret.
    seen.add(keyName(tape, key));
  }
  return seen.size !== keys;
}

function keyName(tape: CborTape, key: number): string {
  switch (tape.majors[key]) {
    case TEXT:
      return `t${tape.text(key)}`;
    case BYTES:
      return `b${toHex(tape.byteString(key) ?? NO_BYTES)}`;
    default:
      return `i${tape.integer(key)}`;
  }
}

function isSameKey(tape: CborTape, a: number, b: number): boolean {
  const { majors, sizes, contents, bytes } = tape;
  if (majors[a] !== majors[b] || sizes[a] !== sizes[b]) return false;
  if ((majors[a] as number) <= NEGATIVE) return tape.integer(a) === tape.integer(b);
  const [inA, inB, length] = [contents[a] as number, contents[b] as number, sizes[a] as number];
  for (let i = 0; i < length; i += 1) if (bytes[inA + i] !== bytes[inB + i]) return false;
  return true;
}

function isText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i += 1)
    if ((bytes[i] as number) >= 0x80) return isUtf8(bytes.subarray(start, end));
  return true;
}
