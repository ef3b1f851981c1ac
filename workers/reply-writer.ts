/** Where a reply is written: one buffer that is used again, and behind it the texts that the reply shares. */
const FIRST_BYTES = 65_536;
const UTF8_PER_UNIT = 3;
/** Where the table of shared texts begins; written last. */
export const TABLE_AT_BYTES = 4;
/** Most shared texts of one reply; those beyond stand where they are. */
export const SHARED_TEXTS_MAX = 0xffff;
/** In place of a shared text's number: the text itself follows. */
export const NOT_SHARED = SHARED_TEXTS_MAX;

export class ReplyWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = TABLE_AT_BYTES;
  readonly #shared = new Map<string, number>();

  /** Starts over. */
  reset(): void {
    this.#at = TABLE_AT_BYTES;
    this.#shared.clear();
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  u16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  f64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  /** A part of other bytes, as it is. */
  raw(from: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    const bytes = this.#bytes;
    let at = this.#at;
    for (let i = start; i < end; i += 1) bytes[at++] = from[i] as number;
    this.#at = at;
  }

  /** A text that probably comes again in this reply. */
  sharedText(text: string): void {
    let number = this.#shared.get(text);
    if (number === undefined) {
      number = this.#shared.size;
      if (number === SHARED_TEXTS_MAX) {
        this.u16(NOT_SHARED);
        this.ownText(text);
        return;
      }
      this.#shared.set(text, number);
    }
    this.u16(number);
  }

  /** A text that hardly comes again: in UTF-8, behind its length in bytes. */
  ownText(text: string): void {
    const units = text.length;
    this.#reserve(4 + units * UTF8_PER_UNIT);
    const start = this.#at + 4;
    const bytes = this.#bytes;
    let end = start + units;
    for (let i = 0; i < units; i += 1) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) {
        end = start + bytes.write(text, start, 'utf8');
        break;
      }
      bytes[start + i] = unit;
    }
    this.#view.setUint32(this.#at, end - start, true);
    this.#at = end;
  }

  /** The whole reply, in a buffer of its own, which may be transferred. */
  copy(): Uint8Array<ArrayBuffer> {
    this.#view.setUint32(0, this.#at, true);
    this.u16(this.#shared.size);
    for (const text of this.#shared.keys()) this.ownText(text);
    return new Uint8Array(this.#bytes.subarray(0, this.#at));
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(needed * 2);
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
