/** Reads the value of an entry where it lies in the memory of its cache. What it returns are copies. */
import type { SlabCache } from './slab-cache.ts';

export class EntryReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #at = 0;

  constructor({ bytes: { buffer, byteOffset, byteLength } }: SlabCache) {
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength);
    this.#view = new DataView(buffer, byteOffset, byteLength);
  }

  /** Starts at a value, as `find` has just returned it. */
  open(at: number): this {
    this.#at = at;
    return this;
  }

  u8(): number {
    const value = this.#view.getUint8(this.#at);
    this.#at += 1;
    return value;
  }

  u16(): number {
    const value = this.#view.getUint16(this.#at, true);
    this.#at += 2;
    return value;
  }

  f64(): number {
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  /**
   * So many bytes, in a buffer of their own where they are 64, as the key of a card is: such small ones are on the heap, and
   * end with the batch at no cost. Longer ones are cut from a buffer that many share.
   */
  raw(length: number): Uint8Array {
    const copy = length <= ON_HEAP_BYTES_MAX ? new Uint8Array(length) : Buffer.allocUnsafe(length);
    copy.set(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return copy;
  }

  bytes(): Uint8Array {
    return this.raw(this.u16());
  }

  text(): string {
    const length = this.u8();
    const start = this.#at;
    this.#at += length;
    return this.#bytes.toString('latin1', start, this.#at);
  }
}

/** V8's own bound for typed arrays whose bytes lie on its heap. */
const ON_HEAP_BYTES_MAX = 64;
