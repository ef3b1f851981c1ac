/**
 * Where records are written, one behind the other: blocks of memory that are filled once and never written again, so
 * that what was handed out stays as it is for as long as anyone holds it.
 *
 * Writes the kinds of a record's fields as MessagePack, in the form that all stored records have: numbers that are no
 * integers of 32 bits as float 64, maps with a length of 16 bits.
 */
import { crc32 } from 'node:zlib';
import { FRAME_BYTES } from './record-frame.ts';

const BLOCK_BYTES = 262_144;
/** Room kept behind every text for the fields of fixed size: a record has 44, of at most 18 bytes. */
const FIXED_FIELDS_BYTES = 1_024;
const POSITION_BYTES = 8;
/** The checksum covers the position, which stands before the body while it is computed. */
const LEAD_BYTES = POSITION_BYTES - FRAME_BYTES;
const UTF8_PER_UNIT = 3;
const U32 = 0x1_0000_0000;

const NIBBLES = new Uint8Array(128).fill(0xff);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  NIBBLES[digit.charCodeAt(0)] = value;
  NIBBLES[digit.toUpperCase().charCodeAt(0)] = value;
}

export class RecordBlock {
  #bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #start = 0;
  #at = 0;

  /** Starts a record, of an array of fields. */
  begin(fields: number): void {
    this.#start = this.#at;
    if (this.#at + FIXED_FIELDS_BYTES > this.#bytes.length) this.#moveOn(0);
    this.#at = this.#start + POSITION_BYTES;
    this.#bytes[this.#at] = 0xdc;
    this.#bytes[this.#at + 1] = fields >>> 8;
    this.#bytes[this.#at + 2] = fields;
    this.#at += 3;
  }

  /** Ends it: its bytes, framed as docs/journal-records.md says. */
  end(version: number, position: number): Buffer {
    const start = this.#start;
    this.#view.setUint32(start, Math.floor(position / U32));
    this.#view.setUint32(start + 4, position);
    const checksum = crc32(this.#bytes.subarray(start, this.#at));
    this.#bytes[start + LEAD_BYTES] = version;
    this.#view.setUint32(start + LEAD_BYTES + 1, checksum);
    return this.#bytes.subarray(start + LEAD_BYTES, this.#at);
  }

  nil(): void {
    this.#bytes[this.#at++] = 0xc0;
  }

  flag(value: boolean): void {
    this.#bytes[this.#at++] = value ? 0xc3 : 0xc2;
  }

  number(value: number): void {
    const bytes = this.#bytes;
    if (value >>> 0 === value) {
      if (value > 0x7f) {
        if (value <= 0xff) bytes[this.#at++] = 0xcc;
        else {
          if (value <= 0xffff) bytes[this.#at++] = 0xcd;
          else {
            bytes[this.#at++] = 0xce;
            bytes[this.#at++] = value >>> 24;
            bytes[this.#at++] = value >>> 16;
          }
          bytes[this.#at++] = value >>> 8;
        }
      }
      bytes[this.#at++] = value;
    } else if (value >> 0 === value) this.#negative(value);
    else {
      bytes[this.#at] = 0xcb;
      this.#view.setFloat64(this.#at + 1, value);
      this.#at += 9;
    }
  }

  numberOrNil(value: number | null): void {
    if (value === null) this.nil();
    else this.number(value);
  }

  /** Bytes of a length that the layout gives. Throws TypeError on another. */
  bytes(value: Uint8Array, length: number): void {
    if (value.length !== length) throw new TypeError(`a field of ${length} bytes has ${value.length}`);
    const bytes = this.#bytes;
    bytes[this.#at] = 0xc4;
    bytes[this.#at + 1] = length;
    const at = this.#at + 2;
    for (let i = 0; i < length; i += 1) bytes[at + i] = value[i] as number;
    this.#at = at + length;
  }

  bytesOrNil(value: Uint8Array | null, length: number): void {
    if (value === null) this.nil();
    else this.bytes(value, length);
  }

  /** Bytes given as hex text. Throws TypeError when it is not that, of that length. */
  hex(text: string, length: number): void {
    if (text.length !== 2 * length) throw new TypeError(`a field of ${length} bytes has other text`);
    const bytes = this.#bytes;
    bytes[this.#at] = 0xc4;
    bytes[this.#at + 1] = length;
    const at = this.#at + 2;
    for (let i = 0; i < length; i += 1) {
      const high = NIBBLES[text.charCodeAt(2 * i)] ?? 0xff;
      const low = NIBBLES[text.charCodeAt(2 * i + 1)] ?? 0xff;
      if (high > 0xf || low > 0xf) throw new TypeError('not hexadecimal text');
      bytes[at + i] = (high << 4) | low;
    }
    this.#at = at + length;
  }

  text(text: string): void {
    const { length } = text;
    this.#reserve(UTF8_PER_UNIT * length + 5);
    if (length >= 0x100 || !this.#ascii(text)) this.#wide(text);
  }

  textOrNil(text: string | null): void {
    if (text === null) this.nil();
    else this.text(text);
  }

  /** A map of plain values, in its own order. Throws TypeError on any other value. */
  scalars(map: Readonly<Record<string, string | number | boolean>>): void {
    // From the start, because the record may move while it is written.
    const head = this.#at - this.#start;
    this.#at += 3;
    let size = 0;
    for (const name in map) {
      const value = map[name];
      this.text(name);
      if (typeof value === 'string') this.text(value);
      else if (typeof value === 'number') this.number(value);
      else if (typeof value === 'boolean') this.flag(value);
      else throw new TypeError(`${name} is no plain value`);
      size += 1;
    }
    const at = this.#start + head;
    this.#bytes[at] = 0xde;
    this.#bytes[at + 1] = size >>> 8;
    this.#bytes[at + 2] = size;
  }

  /** Text of up to 255 units; false, and nothing written, when it is not all ASCII. */
  #ascii(text: string): boolean {
    const { length } = text;
    const bytes = this.#bytes;
    let at = this.#at;
    if (length >= 0x20) bytes[at++] = 0xd9;
    bytes[at++] = length < 0x20 ? 0xa0 | length : length;
    for (let i = 0; i < length; i += 1) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return false;
      bytes[at++] = unit;
    }
    this.#at = at;
    return true;
  }

  /** Text that is long, or not all ASCII. */
  #wide(text: string): void {
    const length = Buffer.byteLength(text);
    const bytes = this.#bytes;
    if (length < 0x20) bytes[this.#at++] = 0xa0 | length;
    else if (length < 0x100) {
      bytes[this.#at++] = 0xd9;
      bytes[this.#at++] = length;
    } else if (length < 0x1_0000) {
      bytes[this.#at++] = 0xda;
      bytes[this.#at++] = length >>> 8;
      bytes[this.#at++] = length;
    } else {
      bytes[this.#at] = 0xdb;
      this.#view.setUint32(this.#at + 1, length);
      this.#at += 5;
    }
    this.#at += bytes.write(text, this.#at);
  }

  #negative(value: number): void {
    const bytes = this.#bytes;
    if (value >= -0x20) bytes[this.#at++] = value;
    else if (value >= -0x80) {
      bytes[this.#at++] = 0xd0;
      bytes[this.#at++] = value;
    } else if (value >= -0x8000) {
      bytes[this.#at] = 0xd1;
      this.#view.setInt16(this.#at + 1, value);
      this.#at += 3;
    } else {
      bytes[this.#at] = 0xd2;
      this.#view.setInt32(this.#at + 1, value);
      this.#at += 5;
    }
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes + FIXED_FIELDS_BYTES > this.#bytes.length) this.#moveOn(bytes);
  }

  /** A new block, to which the record that is being written moves. */
  #moveOn(bytes: number): void {
    const begun = this.#bytes.subarray(this.#start, this.#at);
    const needed = begun.length + bytes + FIXED_FIELDS_BYTES;
    const block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, 2 * needed));
    block.set(begun);
    this.#bytes = block;
    this.#view = new DataView(block.buffer);
    this.#at -= this.#start;
    this.#start = 0;
  }
}
