/**
 * MessagePack from a stranger, read strictly. One scan of the structure comes before msgpackr builds anything: it
 * refuses what msgpackr would take (equal keys, keys that are no text, extensions and with them msgpackr's records,
 * integers a number cannot hold, text that is not UTF-8) and bounds nesting and entries before memory is spent.
 */
import { isUtf8 } from 'node:buffer';
import { Unpackr } from 'msgpackr';
import type { Code } from '../../config/codes.ts';

export interface MsgpackLimits {
  /** Maps and arrays inside one another; a flat map is 1 deep. */
  readonly depth: number;
  /** Entries of one map or array. */
  readonly entries: number;
  /** Length of the whole message. */
  readonly bytes: number;
}

export type MsgpackResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: Code };

const unpackr = new Unpackr({
  useRecords: false,
  mapsAsObjects: true,
  int64AsType: 'number',
  copyBuffers: false,
});

/**
 * Parses one message. Never throws for any bytes; the cost is linear in their length. Every `bin` of the value is a
 * view into one private copy of the message, so the caller's buffer may be reused or detached at once.
 */
export function parseStrictMsgpack(bytes: Uint8Array, limits: MsgpackLimits): MsgpackResult {
  if (bytes.length > limits.bytes) return { ok: false, code: 'request.too_large' };
  const fault = scanner.run(bytes, limits);
  if (fault !== null) return { ok: false, code: fault };
  try {
    // A plain Uint8Array, never a Buffer, whose memory is a pool shared with everything else.
    return { ok: true, value: unpackr.unpack(new Uint8Array(bytes)) };
  } catch {
    return { ok: false, code: 'request.malformed' };
  }
}

/** Longest map key. Keys are ASCII, so that no two spellings are one key. */
const KEY_BYTES = 64;
const PROTO = [...'__proto__'].map((c) => c.charCodeAt(0));

/** What is open at one depth. Reused from message to message: the scan is synchronous. */
class Container {
  isMap = false;
  /** Entries still to come. */
  left = 0;
  /** Keys seen, in `hashes`, `starts` and `ends`. */
  keys = 0;
  readonly hashes: number[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
}

/** Walks one message without recursion, so that nesting costs a counter and never the stack. */
class Scanner {
  #bytes: Uint8Array = new Uint8Array();
  #limits: MsgpackLimits = { depth: 0, entries: 0, bytes: 0 };
  #at = 0;
  #depth = 0;
  readonly #open: Container[] = [];

  /** Null when the bytes are exactly one sound value. */
  run(bytes: Uint8Array, limits: MsgpackLimits): Code | null {
    this.#bytes = bytes;
    this.#limits = limits;
    this.#at = 0;
    this.#depth = 0;
    let fault = this.#value();
    while (fault === null && this.#depth > 0) {
      const top = this.#open[this.#depth - 1] as Container;
      if (top.left === 0) {
        this.#depth--;
      } else {
        top.left--;
        fault = (top.isMap ? this.#key(top) : null) ?? this.#value();
      }
    }
    return fault ?? (this.#at === bytes.length ? null : 'request.trailing');
  }

  /** Steps over one scalar, or over the head of one container. Formats: MessagePack specification, "Formats". */
  #value(): Code | null {
    const head = this.#bytes[this.#at];
    if (head === undefined) return 'request.truncated';
    if (head < 0x80 || head >= 0xe0) return this.#skip(1);
    if (head < 0x90) return this.#container(1, head & 0x0f, true);
    if (head < 0xa0) return this.#container(1, head & 0x0f, false);
    if (head < 0xc0) return this.#text(1, head & 0x1f);
    switch (head) {
      case 0xc0: // nil
      case 0xc2: // false
      case 0xc3: // true
        return this.#skip(1);
      case 0xc4: // bin 8, 16, 32
      case 0xc5:
      case 0xc6:
        return this.#counted(1 << (head - 0xc4), (width, length) => this.#skip(1 + width + length));
      case 0xca: // float 32
      case 0xce: // uint 32
      case 0xd2: // int 32
        return this.#skip(5);
      case 0xcb: // float 64
        return this.#skip(9);
      case 0xcc: // uint 8, int 8
      case 0xd0:
        return this.#skip(2);
      case 0xcd: // uint 16, int 16
      case 0xd1:
        return this.#skip(3);
      case 0xcf: // uint 64, int 64
      case 0xd3:
        return this.#wide(head === 0xd3);
      case 0xd9: // str 8, 16, 32
      case 0xda:
      case 0xdb:
        return this.#counted(1 << (head - 0xd9), (width, length) => this.#text(1 + width, length));
      case 0xdc: // array 16, 32
      case 0xdd:
        return this.#counted(2 << (head - 0xdc), (width, items) => this.#container(1 + width, items, false));
      case 0xde: // map 16, 32
      case 0xdf:
        return this.#counted(2 << (head - 0xde), (width, items) => this.#container(1 + width, items, true));
      default: // 0xc1 is never used; the rest are extensions, among them msgpackr's records
        return 'request.malformed';
    }
  }

  #skip(length: number): Code | null {
    if (length > this.#bytes.length - this.#at) return 'request.truncated';
    this.#at += length;
    return null;
  }

  /** Reads the big-endian count of `width` bytes behind the head. */
  #counted(width: number, then: (width: number, count: number) => Code | null): Code | null {
    if (width >= this.#bytes.length - this.#at) return 'request.truncated';
    let count = 0;
    for (let i = 1; i <= width; i++) count = count * 256 + (this.#bytes[this.#at + i] as number);
    return then(width, count);
  }

  #container(headBytes: number, entries: number, isMap: boolean): Code | null {
    if (this.#depth >= this.#limits.depth) return 'request.too_deep';
    if (entries > this.#limits.entries) return 'request.too_many_items';
    this.#at += headBytes;
    this.#open[this.#depth] ??= new Container();
    const top = this.#open[this.#depth] as Container;
    top.isMap = isMap;
    top.left = entries;
    top.keys = 0;
    this.#depth++;
    return null;
  }

  #text(headBytes: number, length: number): Code | null {
    const start = this.#at + headBytes;
    const fault = this.#skip(headBytes + length);
    if (fault !== null) return fault;
    for (let i = start; i < this.#at; i++) {
      if ((this.#bytes[i] as number) >= 0x80) {
        return isUtf8(this.#bytes.subarray(i, this.#at)) ? null : 'request.malformed';
      }
    }
    return null;
  }

  /** 64-bit integers: only those a number holds exactly, |n| < 2^53. */
  #wide(signed: boolean): Code | null {
    const start = this.#at + 1;
    const fault = this.#skip(9);
    if (fault !== null) return fault;
    const high = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + start, 4);
    const word = signed ? high.getInt32(0) : high.getUint32(0);
    return word >= -0x20_0000 && word < 0x20_0000 ? null : 'request.malformed';
  }

  #key(top: Container): Code | null {
    const head = this.#bytes[this.#at];
    if (head === undefined) return 'request.truncated';
    const short = head >= 0xa0 && head < 0xc0;
    if (!short && head !== 0xd9) return 'request.malformed';
    const length = short ? head & 0x1f : (this.#bytes[this.#at + 1] ?? 0);
    const start = this.#at + (short ? 1 : 2);
    const fault = this.#skip((short ? 1 : 2) + length);
    if (fault !== null) return fault;
    if (length > KEY_BYTES) return 'request.malformed';
    return this.#remember(top, start, this.#at);
  }

  /** Refuses a key the map already holds. Quadratic, and bounded by the limit on entries. */
  #remember(top: Container, start: number, end: number): Code | null {
    let hash = 0;
    for (let i = start; i < end; i++) {
      const byte = this.#bytes[i] as number;
      if (byte >= 0x80) return 'request.malformed';
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    for (let k = 0; k < top.keys; k++) {
      if (top.hashes[k] === hash && this.#same(top.starts[k] as number, top.ends[k] as number, start, end)) {
        return 'request.duplicate_key';
      }
    }
    // msgpackr would rename it; a name that means the prototype has no place in a message.
    if (end - start === PROTO.length && PROTO.every((byte, i) => this.#bytes[start + i] === byte)) {
      return 'request.malformed';
    }
    top.hashes[top.keys] = hash;
    top.starts[top.keys] = start;
    top.ends[top.keys] = end;
    top.keys++;
    return null;
  }

  #same(start: number, end: number, otherStart: number, otherEnd: number): boolean {
    if (end - start !== otherEnd - otherStart) return false;
    for (let i = 0; i < end - start; i++) {
      if (this.#bytes[start + i] !== this.#bytes[otherStart + i]) return false;
    }
    return true;
  }
}

const scanner = new Scanner();
