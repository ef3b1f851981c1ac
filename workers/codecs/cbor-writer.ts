/** Writes CBOR in its deterministic form (RFC 8949 clause 4.2.1): what a verifier puts together itself, to hash or to sign. */
const FIRST_BYTES = 1_024;

export class CborWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #at = 0;

  /** Starts over. */
  reset(): this {
    this.#at = 0;
    return this;
  }

  /** A safe integer of either sign. */
  integer(value: number): this {
    return value < 0 ? this.#head(1, -1 - value) : this.#head(0, value);
  }

  byteString(bytes: Uint8Array): this {
    return this.#head(2, bytes.length).raw(bytes);
  }

  /** Of a byte string whose bytes are written next. */
  byteStringHead(bytes: number): this {
    return this.#head(2, bytes);
  }

  text(text: string): this {
    const length = Buffer.byteLength(text);
    this.#head(3, length);
    this.#reserve(length);
    this.#at += this.#bytes.write(text, this.#at);
    return this;
  }

  /** The text, or null. */
  textOrNull(text: string | null): this {
    return text === null ? this.nothing() : this.text(text);
  }

  byteStringOrNull(bytes: Uint8Array | null): this {
    return bytes === null ? this.nothing() : this.byteString(bytes);
  }

  /** `items`: how many are written next. */
  array(items: number): this {
    return this.#head(4, items);
  }

  /** `pairs`: how many are written next; the keys in the order of their encoded bytes. */
  map(pairs: number): this {
    return this.#head(5, pairs);
  }

  tag(tag: number): this {
    return this.#head(6, tag);
  }

  /** Null. */
  nothing(): this {
    this.#reserve(1);
    this.#bytes[this.#at++] = 0xf6;
    return this;
  }

  /** Bytes that are CBOR already. */
  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  /** What was written: a view that is good until the next `reset`. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  #head(major: number, argument: number): this {
    this.#reserve(9);
    const bytes = this.#bytes;
    const first = major << 5;
    let at = this.#at;
    if (argument < 24) bytes[at++] = first | argument;
    else if (argument < 0x100) {
      bytes[at++] = first | 24;
      bytes[at++] = argument;
    } else if (argument < 0x1_0000) {
      bytes[at++] = first | 25;
      at = bytes.writeUInt16BE(argument, at);
    } else if (argument < 0x1_0000_0000) {
      bytes[at++] = first | 26;
      at = bytes.writeUInt32BE(argument, at);
    } else {
      bytes[at++] = first | 27;
      at = bytes.writeBigUInt64BE(BigInt(argument), at);
    }
    this.#at = at;
    return this;
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(needed * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
