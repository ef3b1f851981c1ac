/** Walks DER that `derFault` found nothing wrong with, by offsets; nothing is copied. Never throws, whatever the bytes. */

export const DER_TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/**
 * `take` moves over one element and says where its value is; to go into it, set `at` back to `start` and take up to `stop`.
 */
export class DerCursor {
  readonly bytes: Uint8Array;
  /** Where the next element begins. */
  at: number;
  /** Of the element taken last: its tag, where it begins, and its value from `start` to `stop`. */
  tag = 0;
  first = 0;
  start = 0;
  stop = 0;

  constructor(bytes: Uint8Array, at: number = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Takes the next element of whatever tag. False where none is before `end`. */
  any(end: number): boolean {
    const { bytes, at } = this;
    if (at + 2 > end) return false;
    const length = bytes[at + 1] as number;
    let start = at + 2;
    let size = length;
    if (length >= 0x80) {
      size = 0;
      const stop = start + (length & 0x7f);
      while (start < stop) size = size * 256 + (bytes[start++] ?? 0);
    }
    if (start + size > end) return false;
    this.tag = bytes[at] as number;
    this.first = at;
    this.start = start;
    this.stop = start + size;
    this.at = start + size;
    return true;
  }

  /** Takes the next element if it has this tag. */
  take(tag: number, end: number): boolean {
    return this.bytes[this.at] === tag && this.any(end);
  }

  /** As `take`, and goes into it: `at` is where its value begins. */
  enter(tag: number, end: number): boolean {
    if (!this.take(tag, end)) return false;
    this.at = this.start;
    return true;
  }

  /** A view of the value taken last. */
  value(): Uint8Array {
    return this.bytes.subarray(this.start, this.stop);
  }

  /** A view of the whole element taken last. */
  element(): Uint8Array {
    return this.bytes.subarray(this.first, this.stop);
  }

  /** The value of an INTEGER or ENUMERATED from 0 to 2^31 - 1; -1 for any other. */
  smallInteger(): number {
    const { bytes, start, stop } = this;
    if (stop === start || stop - start > 4 || (bytes[start] as number) >= 0x80) return -1;
    let number = 0;
    for (let at = start; at < stop; at++) number = number * 256 + (bytes[at] as number);
    return number;
  }
}
