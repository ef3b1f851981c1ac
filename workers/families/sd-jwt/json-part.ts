/**
 * JSON in base64url, as the parts of an SD-JWT are: decoded and read in one pass over the bytes, then by JSON.parse. A name
 * that stands twice in one object is found by counting: JSON.parse keeps one of two, so who walks the value sees fewer names
 * than the text has.
 */
import { isUtf8 } from 'node:buffer';

export interface JsonPart {
  readonly value: unknown;
  /** Names of members in the text, in all its objects. Whoever walks the value must come to the same number. */
  readonly names: number;
}

export type PartFault = 'encoding' | 'malformed' | 'too_deep' | 'duplicate_key';

/** Objects and arrays inside one another. */
export const DEPTH_MAX = 16;

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** No part is longer: a credential is bounded before it is cut. */
export const PART_CHARACTERS_MAX = 65_536;
const scratch = Buffer.allocUnsafeSlow(PART_CHARACTERS_MAX);

/** Bits of the last character of a part that must be zero, by its length modulo 4 (RFC 4648 clause 3.5). */
const LOOSE_BITS = [0, 0, 0x0f, 0x03] as const;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const sextets = new Uint8Array(128);
for (let i = 0; i < ALPHABET.length; i += 1) sextets[ALPHABET.charCodeAt(i)] = i;

/** Whether text of the alphabet, from `start` to `end`, is the one spelling of some bytes. */
export function isCanonical(text: string, start: number, end: number): boolean {
  const rest = (end - start) & 3;
  if (end <= start || rest === 1) return false;
  const last = sextets[text.charCodeAt(end - 1)] as number;
  return (last & (LOOSE_BITS[rest] as number)) === 0;
}

/**
 * Of text whose characters are all of the base64url alphabet, from `start` to `end`. Never throws for any such text of at most
 * `PART_CHARACTERS_MAX` characters.
 */
export function readJsonPart(text: string, start: number, end: number): JsonPart | PartFault {
  if (!isCanonical(text, start, end)) return 'encoding';
  const length = scratch.write(text.slice(start, end), 0, 'base64url');
  const names = scan(length);
  if (names < 0) return names === NOT_ASCII_INVALID ? 'encoding' : 'too_deep';
  try {
    return { value: JSON.parse(decoded(length)), names };
  } catch {
    return 'malformed';
  }
}

const TOO_DEEP = -1;
const NOT_ASCII_INVALID = -2;
let isAscii = true;

function decoded(length: number): string {
  return scratch.toString(isAscii ? 'latin1' : 'utf8', 0, length);
}

/** Counts colons outside strings, of which JSON has one a name. What is no JSON is left to JSON.parse. */
function scan(length: number): number {
  let depth = 0;
  let names = 0;
  let bits = 0;
  for (let at = 0; at < length; at += 1) {
    const byte = scratch[at] as number;
    bits |= byte;
    if (byte === QUOTE) {
      at += 1;
      for (; at < length; at += 1) {
        const inside = scratch[at] as number;
        bits |= inside;
        if (inside === QUOTE) break;
        if (inside === BACKSLASH) at += 1;
      }
    } else if (byte === COLON) names += 1;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth += 1;
      if (depth > DEPTH_MAX) return TOO_DEEP;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
  }
  isAscii = bits < 0x80;
  return isAscii || isUtf8(scratch.subarray(0, length)) ? names : NOT_ASCII_INVALID;
}

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object of a part that must be one, with no name twice; or what is wrong. */
export function readObjectPart(text: string, start: number, end: number): JsonObject | PartFault {
  const part = readJsonPart(text, start, end);
  if (typeof part === 'string') return part;
  if (!isObject(part.value)) return 'malformed';
  return countNames(part.value) === part.names ? part.value : 'duplicate_key';
}

/** Names of all objects within a value that JSON.parse made. No deeper than `DEPTH_MAX`. */
function countNames(value: object): number {
  let names = 0;
  if (Array.isArray(value)) {
    for (const each of value) if (typeof each === 'object' && each !== null) names += countNames(each);
    return names;
  }
  for (const name in value) {
    const member = (value as JsonObject)[name];
    names += 1;
    if (typeof member === 'object' && member !== null) names += countNames(member);
  }
  return names;
}
