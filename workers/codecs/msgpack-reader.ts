/**
 * MessagePack read strictly and in one pass: equal keys, keys that are no text, extensions, integers a number cannot
 * hold and text that is not UTF-8 are refused, and nesting and entries are bounded before memory is spent. What a
 * general decoder takes beyond that, this one does not know.
 */
import { isUtf8 } from 'node:buffer';
import type { Code } from '../../config/codes.ts';
import { asciiText, NUMBERED_TEXT_BYTES, numberedText } from './text-cache.ts';

export interface MsgpackBounds {
  /** Maps and arrays inside one another; a flat map is 1 deep. */
  readonly depth: number;
  /** Entries of one map or array. */
  readonly entries: number;
}

export type MsgpackResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: Code };

/** Parses one message. Never throws for any bytes; the cost is linear in their length. Every `bin` is a view of `bytes`. */
export function readMsgpack(bytes: Uint8Array, bounds: MsgpackBounds): MsgpackResult {
  return reader.run(bytes, bounds);
}

/** Longest map key. Keys are ASCII, so that no two spellings are one key. */
const KEY_BYTES = 64;
/** Texts up to this long are looked up among those seen before. */
const SHORT_TEXT_BYTES = 24;
/** A key that means the prototype has no place in a message. */
const FORBIDDEN_KEY = '__proto__';
const NO_BYTES = new Uint8Array();

type Items = unknown[] | Record<string, unknown>;
const EMPTY: Items = [];

/** What is open at one depth. Reused from message to message: the walk is synchronous. */
class Container {
  items: Items = EMPTY;
  isMap = false;
  /** Entries still to come. */
  left = 0;
  /** The key whose value comes next. */
  key = '';
}

/** Walks one message without recursion, so that nesting costs a counter and never the stack. */
class Reader {
  #bytes: Uint8Array = NO_BYTES;
  /** Where `#bytes` lie: asking them for each view costs as much as the view. */
  #memory: ArrayBufferLike = NO_BYTES.buffer;
  #offset = 0;
  #bounds: MsgpackBounds = { depth: 0, entries: 0 };
  #at = 0;
  #depth = 0;
  /** What was read last. */
  #value: unknown = null;
  #key = '';
  readonly #open: Container[] = [];

  run(bytes: Uint8Array, bounds: MsgpackBounds): MsgpackResult {
    this.#bytes = bytes;
    this.#memory = bytes.buffer;
    this.#offset = bytes.byteOffset;
    this.#bounds = bounds;
    this.#at = 0;
    this.#depth = 0;
    let fault = this.#read();
    let root = this.#value;
    if (fault === null && this.#depth > 0) {
      root = (this.#open[0] as Container).items;
      fault = this.#fill();
    }
    fault ??= this.#at === bytes.length ? null : 'request.trailing';
    this.#release();
    return fault === null ? { ok: true, value: root } : { ok: false, code: fault };
  }

  /** Fills what is open until nothing is. */
  #fill(): Code | null {
    let top = this.#open[0] as Container;
    for (;;) {
      if (top.left === 0) {
        this.#depth--;
        if (this.#depth === 0) return null;
        top = this.#open[this.#depth - 1] as Container;
        continue;
      }
      top.left--;
      const { items } = top;
      if (top.isMap) {
        const fault = this.#readKey(items as Record<string, unknown>);
        if (fault !== null) return fault;
      }
      const key = this.#key;
      const depth = this.#depth;
      const fault = this.#read();
      if (fault !== null) return fault;
      if (top.isMap) (items as Record<string, unknown>)[key] = this.#value;
      else (items as unknown[]).push(this.#value);
      if (this.#depth !== depth) top = this.#open[this.#depth - 1] as Container;
    }
  }

  /** Nothing of a message stays reachable from here. */
  #release(): void {
    this.#bytes = NO_BYTES;
    this.#memory = NO_BYTES.buffer;
    this.#value = null;
    for (const container of this.#open) {
      // Deeper ones were not opened this time.
      if (container.items === EMPTY) break;
      container.items = EMPTY;
    }
  }

  /** Reads one scalar, or the head of one container. Formats: MessagePack specification, "Formats". */
  #read(): Code | null {
    const bytes = this.#bytes;
    const at = this.#at;
    if (at >= bytes.length) return 'request.truncated';
    const head = bytes[at] as number;
    if (head < 0x80) return this.#scalar(1, head);
    if (head >= 0xe0) return this.#scalar(1, head - 0x100);
    if (head < 0x90) return this.#container(1, head & 0x0f, true);
    if (head < 0xa0) return this.#container(1, head & 0x0f, false);
    if (head < 0xc0) return this.#text(1, head & 0x1f);
    // bin 8 is most of what comes, so it is not looked for among the rest.
    if (head === 0xc4 && at + 1 < bytes.length) return this.#bin(2, bytes[at + 1] as number);
    return this.#wider(head);
  }

  #wider(head: number): Code | null {
    switch (head) {
      case 0xc0:
        return this.#scalar(1, null);
      case 0xc2:
        return this.#scalar(1, false);
      case 0xc3:
        return this.#scalar(1, true);
      case 0xc4: // bin 8, 16, 32
      case 0xc5:
      case 0xc6: {
        const width = 1 << (head - 0xc4);
        const length = this.#count(width);
        return length < 0 ? 'request.truncated' : this.#bin(1 + width, length);
      }
      case 0xd9: // str 8, 16, 32
      case 0xda:
      case 0xdb: {
        const width = 1 << (head - 0xd9);
        const length = this.#count(width);
        return length < 0 ? 'request.truncated' : this.#text(1 + width, length);
      }
      case 0xdc: // array 16, 32
      case 0xdd:
      case 0xde: // map 16, 32
      case 0xdf: {
        const width = head % 2 === 0 ? 2 : 4;
        const entries = this.#count(width);
        return entries < 0 ? 'request.truncated' : this.#container(1 + width, entries, head >= 0xde);
      }
      default:
        // 0xc1 is never used; what is no number either is an extension.
        return head >= 0xca && head <= 0xd3 ? this.#number(head) : 'request.malformed';
    }
  }

  #number(head: number): Code | null {
    const size = NUMBER_BYTES[head - 0xca] as number;
    if (size >= this.#bytes.length - this.#at) return 'request.truncated';
    if (head < 0xcc) {
      const { buffer, byteOffset } = this.#bytes;
      const view = new DataView(buffer, byteOffset + this.#at + 1, size);
      return this.#scalar(1 + size, head === 0xca ? view.getFloat32(0) : view.getFloat64(0));
    }
    const signed = head >= 0xd0;
    let value = this.#count(Math.min(size, 4));
    if (signed) value = (value << (32 - 8 * Math.min(size, 4))) >> (32 - 8 * Math.min(size, 4));
    if (size === 8) {
      // Only those a number holds exactly, |n| < 2^53.
      if (value < -0x20_0000 || value >= 0x20_0000) return 'request.malformed';
      this.#at += 4;
      value = value * 0x1_0000_0000 + this.#count(4);
      this.#at -= 4;
      if (value === -0x20_0000_0000_0000) return 'request.malformed';
    }
    return this.#scalar(1 + size, value);
  }

  #scalar(size: number, value: unknown): null {
    this.#value = value;
    this.#at += size;
    return null;
  }

  /** The big-endian count of `width` bytes behind the head; -1 when they are not all there. */
  #count(width: number): number {
    if (width >= this.#bytes.length - this.#at) return -1;
    let count = 0;
    for (let i = 1; i <= width; i++) count = count * 256 + (this.#bytes[this.#at + i] as number);
    return count;
  }

  #container(headBytes: number, entries: number, isMap: boolean): Code | null {
    if (this.#depth >= this.#bounds.depth) return 'request.too_deep';
    if (entries > this.#bounds.entries) return 'request.too_many_items';
    this.#at += headBytes;
    let top = this.#open[this.#depth];
    if (top === undefined) {
      top = new Container();
      this.#open[this.#depth] = top;
    }
    top.isMap = isMap;
    top.left = entries;
    top.items = isMap ? {} : [];
    this.#value = top.items;
    this.#depth++;
    return null;
  }

  #bin(headBytes: number, length: number): Code | null {
    const bytes = this.#bytes;
    const start = this.#at + headBytes;
    if (length > bytes.length - start) return 'request.truncated';
    return this.#scalar(headBytes + length, new Uint8Array(this.#memory, this.#offset + start, length));
  }

  #text(headBytes: number, length: number): Code | null {
    const bytes = this.#bytes;
    const start = this.#at + headBytes;
    if (length > bytes.length - start) return 'request.truncated';
    const end = start + length;
    let hash = 0;
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte >= 0x80) break;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    if (at === end && length <= SHORT_TEXT_BYTES) {
      return this.#scalar(headBytes + length, asciiText(bytes, start, end, hash));
    }
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, length);
    if (at < end && !isUtf8(text)) return 'request.malformed';
    return this.#scalar(headBytes + length, at < end ? text.toString('utf8') : text.toString('latin1'));
  }

  /** Reads a key that the map does not hold yet. */
  #readKey(map: Record<string, unknown>): Code | null {
    const bytes = this.#bytes;
    const at = this.#at;
    if (at >= bytes.length) return 'request.truncated';
    const head = bytes[at] as number;
    const short = head >= 0xa0 && head < 0xc0;
    if (!short && head !== 0xd9) return 'request.malformed';
    const length = short ? head & 0x1f : (bytes[at + 1] ?? 0);
    const start = at + (short ? 1 : 2);
    const end = start + length;
    if (end > bytes.length) return 'request.truncated';
    if (length > KEY_BYTES) return 'request.malformed';
    let hash = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] as number;
      if (byte >= 0x80) return 'request.malformed';
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    const key =
      length <= NUMBERED_TEXT_BYTES ? numberedText(bytes, start, end) : asciiText(bytes, start, end, hash);
    if (Object.hasOwn(map, key)) return 'request.duplicate_key';
    if (key === FORBIDDEN_KEY) return 'request.malformed';
    this.#at = end;
    this.#key = key;
    return null;
  }
}

/** Bytes behind the heads ca to d3: float 32 and 64, uint 8 to 64, int 8 to 64. */
const NUMBER_BYTES = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8];
const reader = new Reader();
