/**
 * Writes plain values as MessagePack into one buffer that is used again: null, booleans, numbers, strings, byte strings,
 * arrays and plain objects. Integers stay integers as far as a number holds them exactly, in their shortest form.
 */
const FIRST_BYTES = 16_384;
/** Most bytes one UTF-16 unit takes in UTF-8. */
const UTF8_PER_UNIT = 3;
/** Texts up to this long are written unit by unit, which is faster than a call to the encoder. */
const SHORT_TEXT_UNITS = 48;
/** Head and widest scalar. */
const SCALAR_BYTES = 9;
/** Up to here bytes are copied one by one, which is faster than a call. */
const SHORT_RANGE_BYTES = 48;
const POOL_BYTES = 32_768;

let pool = new ArrayBuffer(POOL_BYTES);
let pooledBytes = 0;

export class MsgpackWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** Starts over. What was handed out as a view is overwritten by what comes next. */
  reset(): this {
    this.#at = 0;
    return this;
  }

  get length(): number {
    return this.#at;
  }

  /** What was written, in a buffer of its own, which may be transferred. */
  copy(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.subarray(0, this.#at));
  }

  /** What was written, in a piece of memory shared with others: much cheaper than `copy`, and never to be transferred. */
  pooled(): Uint8Array {
    const length = this.#at;
    if (length > POOL_BYTES / 8) return this.copy();
    if (pooledBytes + length > POOL_BYTES) {
      pool = new ArrayBuffer(POOL_BYTES);
      pooledBytes = 0;
    }
    const piece = new Uint8Array(pool, pooledBytes, length);
    pooledBytes += length;
    piece.set(this.view());
    return piece;
  }

  /** What was written, until `reset`. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Throws TypeError on what has no place in a message. A property that is undefined is left out. */
  value(value: unknown): this {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return this.number(value);
      case 'boolean':
        return this.#byte(value ? 0xc3 : 0xc2);
      case 'object':
        if (value === null) return this.nil();
        if (value instanceof Uint8Array) return this.bin(value);
        return Array.isArray(value) ? this.#items(value) : this.#properties(value as Record<string, unknown>);
      default:
        throw new TypeError(`a ${typeof value} cannot be written`);
    }
  }

  nil(): this {
    return this.#byte(0xc0);
  }

  bool(value: boolean): this {
    return this.#byte(value ? 0xc3 : 0xc2);
  }

  map(entries: number): this {
    return this.#head(entries, 0x80, 15, 0xde);
  }

  array(items: number): this {
    return this.#head(items, 0x90, 15, 0xdc);
  }

  bin(bytes: Uint8Array): this {
    const { length } = bytes;
    this.#reserve(length + SCALAR_BYTES);
    if (length < 0x100) {
      this.#bytes[this.#at++] = 0xc4;
      this.#bytes[this.#at++] = length;
    } else this.#wideLength(length, 0xc5);
    this.#bytes.set(bytes, this.#at);
    this.#at += length;
    return this;
  }

  /** Bytes that are MessagePack already. */
  raw(bytes: Uint8Array): this {
    return this.rawRange(bytes, 0, bytes.length);
  }

  /** Those from `start` to `end`. */
  rawRange(bytes: Uint8Array, start: number, end: number): this {
    const length = end - start;
    this.#reserve(length);
    const at = this.#at;
    const target = this.#bytes;
    if (length <= SHORT_RANGE_BYTES)
      for (let i = 0; i < length; i += 1) target[at + i] = bytes[start + i] as number;
    else target.set(length === bytes.length ? bytes : bytes.subarray(start, end), at);
    this.#at = at + length;
    return this;
  }

  text(text: string): this {
    const units = text.length;
    this.#reserve(units * UTF8_PER_UNIT + SCALAR_BYTES);
    if (units <= SHORT_TEXT_UNITS && this.#ascii(text)) return this;
    const length = Buffer.byteLength(text);
    if (length < 32) this.#bytes[this.#at++] = 0xa0 | length;
    else if (length < 0x100) {
      this.#bytes[this.#at++] = 0xd9;
      this.#bytes[this.#at++] = length;
    } else this.#wideLength(length, 0xda);
    this.#at += this.#bytes.write(text, this.#at, 'utf8');
    return this;
  }

  number(value: number): this {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return this.#float(value);
    this.#reserve(SCALAR_BYTES);
    if (value >= 0) this.#unsigned(value);
    else this.#negative(value);
    return this;
  }

  #unsigned(value: number): void {
    const bytes = this.#bytes;
    if (value < 0x80) bytes[this.#at++] = value;
    else if (value < 0x100) {
      bytes[this.#at++] = 0xcc;
      bytes[this.#at++] = value;
    } else if (value < 0x1_0000) {
      bytes[this.#at++] = 0xcd;
      this.#view.setUint16(this.#at, value);
      this.#at += 2;
    } else if (value < 0x1_0000_0000) {
      bytes[this.#at++] = 0xce;
      this.#view.setUint32(this.#at, value);
      this.#at += 4;
    } else this.#wide(value);
  }

  #negative(value: number): void {
    const bytes = this.#bytes;
    if (value >= -32) bytes[this.#at++] = value & 0xff;
    else if (value >= -0x80) {
      bytes[this.#at++] = 0xd0;
      bytes[this.#at++] = value & 0xff;
    } else if (value >= -0x8000) {
      bytes[this.#at++] = 0xd1;
      this.#view.setInt16(this.#at, value);
      this.#at += 2;
    } else if (value >= -0x8000_0000) {
      bytes[this.#at++] = 0xd2;
      this.#view.setInt32(this.#at, value);
      this.#at += 4;
    } else this.#wide(value);
  }

  /** As a signed integer, whatever its sign: not every reader knows unsigned ones of 64 bits. */
  #wide(value: number): void {
    this.#bytes[this.#at++] = 0xd3;
    const high = Math.floor(value / 0x1_0000_0000);
    this.#view.setUint32(this.#at, high >>> 0);
    this.#view.setUint32(this.#at + 4, (value - high * 0x1_0000_0000) >>> 0);
    this.#at += 8;
  }

  #float(value: number): this {
    this.#reserve(SCALAR_BYTES);
    this.#bytes[this.#at++] = 0xcb;
    this.#view.setFloat64(this.#at, value);
    this.#at += 8;
    return this;
  }

  #items(items: readonly unknown[]): this {
    this.array(items.length);
    for (const item of items) this.value(item);
    return this;
  }

  #properties(object: Record<string, unknown>): this {
    const names = Object.keys(object);
    let absent = 0;
    for (const name of names) if (object[name] === undefined) absent += 1;
    this.map(names.length - absent);
    for (const name of names) {
      const value = object[name];
      if (value === undefined) continue;
      this.text(name);
      if (value instanceof Uint8Array) this.bin(value);
      else this.value(value);
    }
    return this;
  }

  /** False, with nothing written, when the text is not ASCII. */
  #ascii(text: string): boolean {
    const bytes = this.#bytes;
    const units = text.length;
    let at = this.#at;
    if (units < 32) bytes[at++] = 0xa0 | units;
    else {
      bytes[at++] = 0xd9;
      bytes[at++] = units;
    }
    for (let i = 0; i < units; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) return false;
      bytes[at++] = unit;
    }
    this.#at = at;
    return true;
  }

  #byte(byte: number): this {
    this.#reserve(1);
    this.#bytes[this.#at++] = byte;
    return this;
  }

  #head(count: number, short: number, shortMax: number, wide: number): this {
    this.#reserve(SCALAR_BYTES);
    if (count <= shortMax) this.#bytes[this.#at++] = short | count;
    else this.#wideLength(count, wide);
    return this;
  }

  /** `head`: the one of two bytes' length; the next one is of four. */
  #wideLength(length: number, head: number): void {
    if (length < 0x1_0000) {
      this.#bytes[this.#at] = head;
      this.#view.setUint16(this.#at + 1, length);
      this.#at += 3;
    } else {
      this.#bytes[this.#at] = head + 1;
      this.#view.setUint32(this.#at + 1, length);
      this.#at += 5;
    }
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
