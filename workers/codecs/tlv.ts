/** BER-TLV data objects and data object lists as cards use them: EMV Book 3, Annex B and clause 5.4. */
import { toHex } from './hex.ts';

/**
 * Well-formed tag names in hex, one to three bytes (EMV Book 3, Annex B1): a first byte whose low five bits are all
 * set is followed by more bytes, each but the last with its high bit set.
 */
export const TAG_NAME_PATTERN =
  '^(?:[0-9A-Fa-f][0-9A-Ea-e]|[02468ACEace][Ff]|[13579BDFbdf][Ff](?:[89A-Fa-f][0-9A-Fa-f])?[0-7][0-9A-Fa-f])$';

const TAG_BYTES_MAX = 3;

export interface TlvElement {
  /** Tag name, upper-case hex. */
  readonly tag: string;
  readonly constructed: boolean;
  readonly value: Uint8Array;
  /** Where the next element starts. */
  readonly end: number;
}

export interface DolEntry {
  /** Tag name, upper-case hex. */
  readonly tag: string;
  readonly constructed: boolean;
  /** Bytes the value is to take. */
  readonly length: number;
}

/**
 * The element at `offset`, or null where none is: end of data, a tag longer than three bytes, an indefinite length,
 * a length of more than two bytes, or a value that reaches beyond the end.
 */
export function readTlv(bytes: Uint8Array, offset: number): TlvElement | null {
  const tagEnd = endOfTag(bytes, offset);
  if (tagEnd < 0) return null;
  const first = bytes[tagEnd];
  if (first === undefined) return null;
  const lengthBytes = LENGTH_BYTES[first] ?? (first < 0x80 ? 1 : 0);
  if (lengthBytes === 0 || tagEnd + lengthBytes > bytes.length) return null;
  let length = first < 0x80 ? first : 0;
  for (let at = tagEnd + 1; at < tagEnd + lengthBytes; at++) length = length * 256 + (bytes[at] ?? 0);
  const start = tagEnd + lengthBytes;
  const end = start + length;
  if (end > bytes.length) return null;
  return { ...tagAt(bytes, offset, tagEnd), value: bytes.subarray(start, end), end };
}

/** First bytes of lengths that take more bytes than one (EMV Book 3, Annex B2); no other such byte is taken. */
const LENGTH_BYTES: Readonly<Record<number, number>> = { 129: 2, 130: 3 };

/** Entries of a data object list (tags with one-byte lengths, no values), or null when it is malformed. */
export function parseDol(bytes: Uint8Array): readonly DolEntry[] | null {
  const entries: DolEntry[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const tagEnd = endOfTag(bytes, offset);
    if (tagEnd < 0) return null;
    const length = bytes[tagEnd];
    if (length === undefined) return null;
    entries.push({ ...tagAt(bytes, offset, tagEnd), length });
    offset = tagEnd + 1;
  }
  return entries;
}

function tagAt(bytes: Uint8Array, offset: number, end: number): { tag: string; constructed: boolean } {
  return { tag: tagName(bytes, offset, end), constructed: ((bytes[offset] ?? 0) & 0x20) !== 0 };
}

/** The tags in use are few, so their names are looked up rather than made anew. */
function tagName(bytes: Uint8Array, offset: number, end: number): string {
  // One to three bytes; no two tags have one number, because a longer one begins with a byte that no shorter one has.
  let number = 0;
  for (let at = offset; at < end; at++) number = number * 256 + (bytes[at] as number);
  let name = tagNames.get(number);
  if (name === undefined) {
    name = toHex(bytes.subarray(offset, end)).toUpperCase();
    if (tagNames.size < TAG_NAMES_MAX) tagNames.set(number, name);
  }
  return name;
}

const TAG_NAMES_MAX = 1_024;
const tagNames = new Map<number, string>();

/** Offset after the tag that starts at `offset`, or -1 when there is no well-formed tag. */
function endOfTag(bytes: Uint8Array, offset: number): number {
  const first = bytes[offset];
  if (first === undefined) return -1;
  if ((first & 0x1f) !== 0x1f) return offset + 1;
  for (let at = offset + 1; at < offset + TAG_BYTES_MAX; at++) {
    const byte = bytes[at];
    if (byte === undefined) return -1;
    if ((byte & 0x80) === 0) return at + 1;
  }
  return -1;
}
