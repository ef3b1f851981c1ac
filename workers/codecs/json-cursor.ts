/**
 * Walks over a JSON text whose layout is expected, where it lies, and writes objects of hexadecimal text as the MessagePack
 * that means the same. Every method returns whether what is expected stands here, and then steps over it. Escapes,
 * characters beyond ASCII, and whatever else is not expected are left to the general reader (`strict-json.ts`), which
 * alone refuses.
 */

/** What a family's MessagePack has other than its JSON. */
export interface JsonNames {
  /** The name whose value is text, not bytes; null: there is none. */
  readonly text: Uint8Array | null;
  /** The one name that there is in JSON, and which one stands in its place in MessagePack; null: names are the same. */
  readonly renamed: { readonly from: Uint8Array; readonly to: Uint8Array } | null;
}

const NO_BYTES = new Uint8Array();
/** A longer one is left to the general reader. What is written is shorter, but for two objects that are empty. */
const JSON_BYTES_MAX = 65_536;
const MAP_HEAD_BYTES = 3;
/** Objects inside one another in what is written. */
const DEPTH_MAX = 2;
/** Of a name, and of a text that is no bytes: a head of one byte. */
const TEXT_UNITS_MAX = 31;
const NATURAL_DIGITS_MAX = 15;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const ZERO = 0x30;

/** Values of hexadecimal digits of either case; of other bytes one that no two digits have. */
const NO_DIGIT = 0x100;
const DIGITS = Int16Array.from({ length: 256 }, (_, unit) => {
  const value = Number.parseInt(String.fromCharCode(unit), 16);
  return Number.isNaN(value) ? NO_DIGIT : value;
});

/** A name or text, to be compared with. */
export function asciiBytes(text: string): Uint8Array {
  if (text.length > TEXT_UNITS_MAX) throw new RangeError('an expected text has a head of one byte');
  return Uint8Array.from(text, (unit) => unit.charCodeAt(0));
}

export class JsonCursor {
  #bytes: Uint8Array = NO_BYTES;
  #at = 0;
  /** Content of the name or text that was stepped over last. */
  #contentAt = 0;
  #contentEnd = 0;
  readonly #written = new Uint8Array(JSON_BYTES_MAX + 2 * MAP_HEAD_BYTES);
  #length = 0;

  /** False: it is too long. */
  open(bytes: Uint8Array): boolean {
    this.#bytes = bytes;
    this.#at = 0;
    this.#length = 0;
    return bytes.length <= JSON_BYTES_MAX;
  }

  /** Nothing of the text stays reachable from here. */
  close(): void {
    this.#bytes = NO_BYTES;
  }

  /** Whether nothing but blanks is left. */
  get isAtEnd(): boolean {
    return this.#next() === undefined;
  }

  openObject(): boolean {
    return this.#step(OPEN);
  }

  /** The object is over; false where another entry, or anything else, follows. */
  closeObject(): boolean {
    return this.#step(CLOSE);
  }

  comma(): boolean {
    return this.#step(COMMA);
  }

  /** A name and its colon. */
  name(): boolean {
    return this.text() && this.#step(COLON);
  }

  /** A text without escapes, of printable ASCII. */
  text(): boolean {
    if (!this.#step(QUOTE)) return false;
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    for (let unit = bytes[at]; unit !== QUOTE; unit = bytes[at]) {
      if (unit === undefined || unit < 0x20 || unit > 0x7e || unit === BACKSLASH) return false;
      at += 1;
    }
    this.#contentAt = start;
    this.#contentEnd = at;
    this.#at = at + 1;
    return true;
  }

  /** Whether the name or text that was stepped over last is this one. */
  was(expected: Uint8Array): boolean {
    const start = this.#contentAt;
    if (this.#contentEnd - start !== expected.length) return false;
    for (let i = 0; i < expected.length; i += 1) if (this.#bytes[start + i] !== expected[i]) return false;
    return true;
  }

  /** The text that was stepped over last. */
  content(): string {
    const { buffer, byteOffset } = this.#bytes;
    const start = this.#contentAt;
    return Buffer.from(buffer, byteOffset + start, this.#contentEnd - start).toString('latin1');
  }

  /** An integer from 0 on, in digits alone; -1 where there is none. */
  natural(): number {
    const first = this.#next();
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let value = 0;
    for (let unit = first; unit !== undefined && unit >= ZERO && unit <= ZERO + 9; unit = bytes[at]) {
      value = value * 10 + unit - ZERO;
      at += 1;
    }
    const digits = at - start;
    if (digits === 0 || digits > NATURAL_DIGITS_MAX || (first === ZERO && digits > 1)) return -1;
    // A fraction or an exponent would follow.
    const behind = bytes[at];
    if (behind !== COMMA && behind !== CLOSE && !isBlank(behind)) return -1;
    this.#at = at;
    return value;
  }

  /** Writes a name or text that was not read here. */
  write(text: Uint8Array): void {
    this.#put(text, 0, text.length);
  }

  /** An object of byte strings in hexadecimal, and of such objects: writes a map. */
  map(names: JsonNames): boolean {
    return this.#map(names, 1);
  }

  /** What was written since `open`, valid until the next. */
  written(): Uint8Array {
    return this.#written.subarray(0, this.#length);
  }

  #map(names: JsonNames, depth: number): boolean {
    if (depth > DEPTH_MAX || !this.#step(OPEN)) return false;
    const head = this.#length;
    this.#length += MAP_HEAD_BYTES;
    let entries = 0;
    if (!this.#step(CLOSE)) {
      do {
        if (!this.#entry(names, depth)) return false;
        entries += 1;
      } while (this.#step(COMMA));
      if (!this.#step(CLOSE)) return false;
    }
    const written = this.#written;
    written[head] = 0xde;
    written[head + 1] = entries >>> 8;
    written[head + 2] = entries;
    return true;
  }

  #entry(names: JsonNames, depth: number): boolean {
    if (!this.name()) return false;
    const { text, renamed } = names;
    const isText = text !== null && this.was(text);
    if (renamed === null) {
      if (!this.#writeContent()) return false;
    } else if (this.was(renamed.from)) this.write(renamed.to);
    else return false;
    if (isText) return this.text() && this.#writeContent();
    return this.#next() === OPEN ? this.#map(names, depth + 1) : this.#hex();
  }

  #writeContent(): boolean {
    const length = this.#contentEnd - this.#contentAt;
    if (length > TEXT_UNITS_MAX) return false;
    this.#put(this.#bytes, this.#contentAt, length);
    return true;
  }

  #hex(): boolean {
    if (!this.#step(QUOTE)) return false;
    const bytes = this.#bytes;
    const start = this.#at;
    let end = start;
    while (bytes[end] !== QUOTE) if (++end >= bytes.length) return false;
    const length = (end - start) >>> 1;
    if ((end - start) % 2 === 1 || length > 0xffff) return false;
    const written = this.#written;
    let to = this.#length;
    written[to++] = length < 0x100 ? 0xc4 : 0xc5;
    if (length >= 0x100) written[to++] = length >>> 8;
    written[to++] = length;
    let all = 0;
    for (let at = start; at < end; at += 2) {
      const value =
        ((DIGITS[bytes[at] as number] as number) << 4) | (DIGITS[bytes[at + 1] as number] as number);
      all |= value;
      written[to++] = value;
    }
    this.#length = to;
    this.#at = end + 1;
    return all < NO_DIGIT;
  }

  #put(bytes: Uint8Array, start: number, length: number): void {
    const written = this.#written;
    let to = this.#length;
    written[to++] = 0xa0 | length;
    for (let i = 0; i < length; i += 1) written[to++] = bytes[start + i] as number;
    this.#length = to;
  }

  #step(unit: number): boolean {
    if (this.#next() !== unit) return false;
    this.#at += 1;
    return true;
  }

  /** The byte that stands here behind blanks (RFC 8259 clause 2); undefined at the end. */
  #next(): number | undefined {
    let unit = this.#bytes[this.#at];
    while (isBlank(unit)) {
      this.#at += 1;
      unit = this.#bytes[this.#at];
    }
    return unit;
  }
}

function isBlank(unit: number | undefined): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;
}
