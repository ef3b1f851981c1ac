/** Puts together the value of an entry; `EntryReader` reads it. Numbers are little-endian. */
const FIRST_BYTES = 1_024;

export class EntryWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** Starts over. */
  reset(): this {
    this.#at = 0;
    return this;
  }

  u8(value: number): this {
    this.#reserve(1);
    this.#view.setUint8(this.#at, value);
    this.#at += 1;
    return this;
  }

  u16(value: number): this {
    this.#reserve(2);
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
    return this;
  }

  f64(value: number): this {
    this.#reserve(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  /** Bytes behind their length; at most 65,535. */
  bytes(bytes: Uint8Array): this {
    if (bytes.length > 0xffff) throw new RangeError('a part of an entry is too long');
    return this.u16(bytes.length).raw(bytes);
  }

  /** A text of at most 255 ASCII characters. */
  text(text: string): this {
    if (text.length > 0xff) throw new RangeError('a text of an entry is too long');
    this.u8(text.length);
    for (let i = 0; i < text.length; i += 1) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) throw new RangeError('a text of an entry is ASCII');
      this.u8(unit);
    }
    return this;
  }

  /** What was written, until the next `reset`. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(needed * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
