/**
 * One CBOR item and all that is in it, as a flat table of numbers: where each begins and ends among the bytes, and where its
 * next sibling is. Nothing is copied and no object is made per item; whoever needs a value asks for it. An item is named by its
 * place in the table, in the order of the bytes: the outermost is 0, the first in a container one more than the container.
 *
 * A tape is filled by `readCbor` (`cbor-reader.ts`), and then holds well-formed CBOR within all bounds; it may be filled again.
 */
import { CBOR_ITEMS_MAX } from './cbor-profile.ts';

/** Major types, RFC 8949 clause 3.1. */
export const UNSIGNED = 0;
export const NEGATIVE = 1;
export const BYTES = 2;
export const TEXT = 3;
export const ARRAY = 4;
export const MAP = 5;
export const TAG = 6;
export const SIMPLE = 7;

/** Heads of simple values. */
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;
const NO_BYTES = new Uint8Array();

export class CborTape {
  bytes: Uint8Array = NO_BYTES;
  /** Major type of each item. */
  readonly majors = new Uint8Array(CBOR_ITEMS_MAX);
  /** Where its head begins, where its head ends, and where all of it ends. */
  readonly starts = new Int32Array(CBOR_ITEMS_MAX);
  readonly contents = new Int32Array(CBOR_ITEMS_MAX);
  readonly ends = new Int32Array(CBOR_ITEMS_MAX);
  /** Bytes of a string, items of an array, pairs of a map, the number of a tag; of an integer its low 32 bits. */
  readonly sizes = new Int32Array(CBOR_ITEMS_MAX);
  /** The item after it and all that it holds. */
  readonly nexts = new Int32Array(CBOR_ITEMS_MAX);
  /** How many items there are. */
  length = 0;

  /** Nothing of what was read stays reachable from here. */
  close(): void {
    this.bytes = NO_BYTES;
    this.length = 0;
  }

  is(at: number, major: number): boolean {
    return at >= 0 && this.majors[at] === major;
  }

  /** The number of an integer; NaN of anything else. */
  integer(at: number): number {
    if (at < 0) return Number.NaN;
    const major = this.majors[at] as number;
    if (major > NEGATIVE) return Number.NaN;
    const argument = this.#argument(at);
    return major === UNSIGNED ? argument : -1 - argument;
  }

  /** The number of an integer or of a floating-point number; NaN of anything else. */
  number(at: number): number {
    if (at < 0) return Number.NaN;
    return this.majors[at] === SIMPLE ? this.#float(at) : this.integer(at);
  }

  /** True or false, or null for anything else. */
  boolean(at: number): boolean | null {
    const head = at < 0 ? 0 : this.bytes[this.starts[at] as number];
    return head === TRUE ? true : head === FALSE ? false : null;
  }

  isNull(at: number): boolean {
    return at >= 0 && this.bytes[this.starts[at] as number] === NULL;
  }

  /** A view of a byte string's content; null for anything else. */
  byteString(at: number): Uint8Array | null {
    return this.is(at, BYTES) ? this.bytes.subarray(this.contents[at], this.ends[at]) : null;
  }

  /** The text of a text string; null for anything else. */
  text(at: number): string | null {
    if (!this.is(at, TEXT)) return null;
    const { buffer, byteOffset } = this.bytes;
    const start = this.contents[at] as number;
    return Buffer.from(buffer, byteOffset + start, (this.ends[at] as number) - start).toString('utf8');
  }

  /** Whether it is this text, given as UTF-8. */
  isText(at: number, text: Uint8Array): boolean {
    if (at < 0 || this.majors[at] !== TEXT || this.sizes[at] !== text.length) return false;
    const { bytes } = this;
    const start = this.contents[at] as number;
    for (let i = 0; i < text.length; i += 1) if (bytes[start + i] !== text[i]) return false;
    return true;
  }

  /** A view of all bytes of an item, its head too: what a digest is made over. */
  whole(at: number): Uint8Array {
    return this.bytes.subarray(this.starts[at], this.ends[at]);
  }

  /** The item that a tag of this number stands before; -1 where there is no such tag. */
  tagged(at: number, tag: number): number {
    return this.is(at, TAG) && this.sizes[at] === tag ? at + 1 : -1;
  }

  /** The value under a text key, given as UTF-8; -1 where there is none, or no map. */
  valueOf(map: number, key: Uint8Array): number {
    if (!this.is(map, MAP)) return -1;
    const end = this.nexts[map] as number;
    for (let at = map + 1; at < end; at = this.nexts[at + 1] as number)
      if (this.isText(at, key)) return at + 1;
    return -1;
  }

  /** The value under an integer key; -1 where there is none, or no map. */
  valueAt(map: number, key: number): number {
    if (!this.is(map, MAP)) return -1;
    const end = this.nexts[map] as number;
    for (let at = map + 1; at < end; at = this.nexts[at + 1] as number) {
      if (this.sizes[at] === (key < 0 ? -1 - key : key) && this.integer(at) === key) return at + 1;
    }
    return -1;
  }

  #argument(at: number): number {
    const { bytes } = this;
    const start = this.starts[at] as number;
    const end = this.contents[at] as number;
    if (end === start + 1) return (bytes[start] as number) & 0x1f;
    let value = 0;
    for (let i = start + 1; i < end; i += 1) value = value * 256 + (bytes[i] as number);
    return value;
  }

  #float(at: number): number {
    const start = this.starts[at] as number;
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + start);
    const head = view.getUint8(0);
    if (head === 0xfb) return view.getFloat64(1);
    if (head === 0xfa) return view.getFloat32(1);
    return head === 0xf9 ? halfFloat(view.getUint16(1)) : Number.NaN;
  }
}

/** A text key, for `valueOf` and `isText`. */
export function cborKey(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** RFC 8949, appendix D. */
function halfFloat(half: number): number {
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  const sign = half & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
