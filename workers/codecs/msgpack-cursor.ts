/**
 * Walks over a MessagePack message whose layout is expected, and makes nothing of it. Every method returns whether what
 * is expected stands here, in its shortest form, and then steps over it; where it does not, the message is left to the
 * general reader (`msgpack-reader.ts`), which alone refuses.
 */
const NO_BYTES = new Uint8Array();
const TEXT_8 = 0xd9;

/** A text as a message holds it, to be compared with. */
export function textBytes(text: string): Uint8Array {
  const units = Buffer.from(text, 'latin1');
  if (units.length >= 32) throw new RangeError('an expected text has a head of one byte');
  return new Uint8Array([0xa0 | units.length, ...units]);
}

export class MsgpackCursor {
  bytes: Uint8Array = NO_BYTES;
  at = 0;
  /** Of the byte string or text stepped over last, its content; it ends at `at`. */
  contentAt = 0;
  #entriesMax = 0;

  open(bytes: Uint8Array, entriesMax: number): void {
    this.bytes = bytes;
    this.at = 0;
    this.#entriesMax = entriesMax;
  }

  /** Nothing of the message stays reachable from here. */
  close(): void {
    this.bytes = NO_BYTES;
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  /** Entries of a map; -1 where there is none. */
  map(): number {
    const head = this.bytes[this.at];
    if (head === undefined) return -1;
    let entries = -1;
    if (head >= 0x80 && head <= 0x8f) {
      entries = head & 0x0f;
      this.at += 1;
    } else if (head === 0xde && this.at + 3 <= this.bytes.length) {
      entries = ((this.bytes[this.at + 1] as number) << 8) | (this.bytes[this.at + 2] as number);
      this.at += 3;
    }
    return entries > this.#entriesMax ? -1 : entries;
  }

  /** `text`: as `textBytes` makes it. */
  is(text: Uint8Array): boolean {
    const { bytes, at } = this;
    for (let i = 0; i < text.length; i += 1) if (bytes[at + i] !== text[i]) return false;
    this.at = at + text.length;
    return true;
  }

  /** An integer from 0 on; -1 where there is none. */
  natural(): number {
    const { bytes, at } = this;
    const head = bytes[at];
    if (head === undefined) return -1;
    if (head < 0x80) {
      this.at = at + 1;
      return head;
    }
    // uint 8 to 64; int 64, as some write all wide ones.
    const width = head >= 0xcc && head <= 0xcf ? 1 << (head - 0xcc) : head === 0xd3 ? 8 : 0;
    if (width === 0 || at + width >= bytes.length) return -1;
    let value = 0;
    for (let i = 1; i <= width; i += 1) value = value * 256 + (bytes[at + i] as number);
    if (value > Number.MAX_SAFE_INTEGER) return -1;
    this.at = at + 1 + width;
    return value;
  }

  /** A byte string of at most `bytesMax` bytes, and at most 65,535. */
  bin(bytesMax: number): boolean {
    const { bytes, at } = this;
    const head = bytes[at];
    let content = at + 2;
    let length = bytes[at + 1] ?? 0;
    if (head === 0xc5) {
      content = at + 3;
      length = (length << 8) | (bytes[at + 2] ?? 0);
      if (length < 0x100) return false;
    } else if (head !== 0xc4) return false;
    if (length > bytesMax || content + length > bytes.length) return false;
    this.contentAt = content;
    this.at = content + length;
    return true;
  }

  /** A text of at most 255 bytes, whatever they are. */
  text(): boolean {
    const { bytes, at } = this;
    const head = bytes[at];
    if (head === undefined) return false;
    const isShort = head >= 0xa0 && head < 0xc0;
    if (!isShort && head !== TEXT_8) return false;
    const content = at + (isShort ? 1 : 2);
    const length = isShort ? head & 0x1f : (bytes[at + 1] ?? 0);
    if (content + length > bytes.length) return false;
    this.contentAt = content;
    this.at = content + length;
    return true;
  }
}
