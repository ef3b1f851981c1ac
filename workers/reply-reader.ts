/** Reads what `ReplyWriter` wrote. Throws RangeError beyond the end, and Error on a text that is not in the table. */
import { asciiText } from './codecs/text-cache.ts';
import { NOT_SHARED, TABLE_AT_BYTES } from './reply-writer.ts';

const NO_BYTES = Buffer.alloc(0);

export class ReplyReader {
  #bytes: Buffer = NO_BYTES;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;
  #end = 0;
  #shared: string[] = [];

  /** Starts reading `reply`; the views it gives are of it. */
  open(reply: Uint8Array): void {
    const { buffer, byteOffset, byteLength } = reply;
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength);
    this.#view = new DataView(buffer, byteOffset, byteLength);
    this.#end = this.#view.getUint32(0, true);
    this.#at = this.#end;
    const shared: string[] = [];
    for (let left = this.u16(); left > 0; left -= 1) shared.push(this.#knownText());
    this.#shared = shared;
    if (this.#at !== byteLength) throw new RangeError('a reply ends with its table of texts');
    this.#at = TABLE_AT_BYTES;
  }

  /** Ends reading. Throws RangeError unless everything was read. */
  close(): void {
    if (this.#at !== this.#end) throw new RangeError('a reply was not read to its end');
    this.#bytes = NO_BYTES;
    this.#shared = [];
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

  u32(): number {
    const value = this.#view.getUint32(this.#at, true);
    this.#at += 4;
    return value;
  }

  f64(): number {
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  /** A view of so many bytes of the reply. */
  bytes(length: number): Uint8Array {
    const { buffer, byteOffset } = this.#bytes;
    const bytes = new Uint8Array(buffer, byteOffset + this.#at, length);
    this.#at += length;
    return bytes;
  }

  sharedText(): string {
    const number = this.u16();
    if (number === NOT_SHARED) return this.ownText();
    const text = this.#shared[number];
    if (text === undefined) throw new Error('a text that is not in the table of the reply');
    return text;
  }

  /** A text that was probably in earlier replies too, and then is the same string as there. */
  #knownText(): string {
    const bytes = this.#bytes;
    const start = this.#at + 4;
    const end = start + this.#view.getUint32(this.#at, true);
    let hash = 0;
    for (let i = start; i < end; i += 1) {
      const byte = bytes[i];
      if (byte === undefined || byte > 0x7f) return this.ownText();
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    this.#at = end;
    return asciiText(bytes, start, end, hash);
  }

  ownText(): string {
    const length = this.u32();
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new RangeError('a text beyond the end of the reply');
    return this.#bytes.toString('utf8', from, this.#at);
  }
}
