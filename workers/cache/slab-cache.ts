/**
 * Cache of what was proven, as packed bytes in one slab of memory: an exact bound in bytes, nothing for the garbage collector
 * to trace, and no buffer per entry. An entry is found by a hash, and by all bytes of its key.
 *
 * Eviction is second chance (CLOCK): the oldest entry goes, unless it was found again since it was written; then it becomes
 * the newest.
 */
import { RECORD_ALIGN_BYTES, RecordRing } from './record-ring.ts';

/** Four words go before each entry's key. */
const HASH = 0;
const SPACE = 1;
/** Bytes of the key, and above them those of the value. */
const LENGTHS = 2;
/** Whether it was found since it was written, and above that its part. */
const MARKS = 3;
const HEAD_BYTES = 16;
const WORD_BYTES = 4;
const LENGTH_BITS = 16;
const LENGTH_MASK = 0xffff;
const FOUND = 1;
const PART_SHIFT = 1;

/** Bytes of the whole for each slot of the table that finds entries, twice that at most: a power of two is rounded down. */
const BYTES_PER_SLOT = 64;
/** No more of the slots are taken than this, so that a look-up ends soon. */
const LOAD_MAX = 0.75;
/** Entries that one newcomer may renew; the next oldest gives way then, whether it was found or not. */
const SECOND_CHANCES = 16;
/** Spreads hashes over the slots (Knuth, The Art of Computer Programming, volume 3, section 6.4). */
const GOLDEN_RATIO = 0x9e37_79b1;

/** Keys of one kind, and under one revision of trust: the same bytes in another space are another key. */
export interface CacheSpace {
  readonly id: number;
  /** Counts bytes together with others of its kind. */
  readonly part: number;
}

export class SlabCache {
  /** All memory that it will ever use: entries and the table that finds them. */
  readonly capacityBytes: number;
  readonly #ring: RecordRing;
  /** For each slot 0, or one more than the word an entry begins at. */
  readonly #slots: Int32Array;
  readonly #slotShift: number;
  readonly #entriesMax: number;
  readonly #spaces = new Map<number, CacheSpace>();
  readonly #partNames: string[] = [];
  readonly #partBytes: number[] = [];
  #spacesOpened = 0;
  #entries = 0;

  /** `bytes`: for everything; with fewer than some hundred it remembers nothing. Throws RangeError on no size. */
  constructor(bytes: number) {
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw new RangeError('a cache has a size in bytes');
    const slotBits = Math.floor(Math.log2(Math.max(1, bytes / BYTES_PER_SLOT)));
    const slots = bytes < 2 * BYTES_PER_SLOT ? 0 : 1 << slotBits;
    this.#slots = new Int32Array(slots);
    this.#slotShift = 32 - slotBits;
    this.#entriesMax = Math.floor(slots * LOAD_MAX);
    this.#ring = new RecordRing(slots === 0 ? 0 : bytes - slots * WORD_BYTES);
    this.capacityBytes = this.#ring.bytes.length + slots * WORD_BYTES;
  }

  /** The memory of all entries, for values; what lies where changes with the next `keep`. */
  get bytes(): Uint8Array {
    return this.#ring.bytes;
  }

  get entries(): number {
    return this.#entries;
  }

  /** Bytes that entries take, by the part of their space; of spaces that were closed until they give way. */
  usage(): ReadonlyMap<string, number> {
    return new Map(this.#partNames.map((name, part) => [name, this.#partBytes[part] as number]));
  }

  /** A space without entries. */
  open(partName: string): CacheSpace {
    let part = this.#partNames.indexOf(partName);
    if (part < 0) {
      part = this.#partNames.push(partName) - 1;
      this.#partBytes.push(0);
    }
    // Numbers never come again, so what is left of closed spaces is never found.
    this.#spacesOpened += 1;
    if (this.#spacesOpened > 0x7fff_ffff) throw new RangeError('all numbers of spaces are used up');
    const space = { id: this.#spacesOpened, part };
    this.#spaces.set(space.id, space);
    return space;
  }

  /** Its entries are not to be looked for any more, and give way to others first. */
  close({ id }: CacheSpace): void {
    this.#spaces.delete(id);
    // When none is open, nothing that is kept can be found.
    if (this.#spaces.size === 0) while (!this.#ring.isEmpty) this.#makeWay(false);
  }

  /** Where in `bytes` the value of a key begins; -1: it is not there. Equal keys must come with equal hashes. */
  find({ id }: CacheSpace, hash: number, key: Uint8Array): number {
    const slots = this.#slots;
    const { words, bytes } = this.#ring;
    if (slots.length === 0) return -1;
    const mask = slots.length - 1;
    for (let slot = this.#home(hash | 0); ; slot = (slot + 1) & mask) {
      const word = (slots[slot] as number) - 1;
      if (word < 0) return -1;
      if (words[word + HASH] !== (hash | 0) || words[word + SPACE] !== id) continue;
      const length = (words[word + LENGTHS] as number) & LENGTH_MASK;
      if (length !== key.length) continue;
      const keyAt = word * WORD_BYTES + HEAD_BYTES;
      if (Buffer.compare(bytes.subarray(keyAt, keyAt + length), key) !== 0) continue;
      words[word + MARKS] = (words[word + MARKS] as number) | FOUND;
      return keyAt + length;
    }
  }

  /**
   * Keeps a value under a key. A key that is here keeps what it has; one that is too long for the memory is not kept. Throws
   * RangeError where key or value have more than 65,535 bytes.
   */
  keep(space: CacheSpace, hash: number, key: Uint8Array, value: Uint8Array): void {
    if (key.length > LENGTH_MASK || value.length > LENGTH_MASK) throw new RangeError('an entry is too long');
    const size = sizeOf(key.length, value.length);
    if (size > this.#ring.bytes.length || !this.#spaces.has(space.id)) return;
    if (this.find(space, hash, key) >= 0) return;
    for (let chances = SECOND_CHANCES; this.#isFull(size); ) if (this.#makeWay(chances > 0)) chances -= 1;
    const at = this.#ring.add(size);
    const word = at / WORD_BYTES;
    const { words, bytes } = this.#ring;
    words[word + HASH] = hash | 0;
    words[word + SPACE] = space.id;
    words[word + LENGTHS] = (value.length << LENGTH_BITS) | key.length;
    words[word + MARKS] = space.part << PART_SHIFT;
    bytes.set(key, at + HEAD_BYTES);
    bytes.set(value, at + HEAD_BYTES + key.length);
    this.#link(word);
    this.#entries += 1;
    this.#count(space.part, size);
  }

  #isFull(size: number): boolean {
    return this.#entries >= this.#entriesMax || !this.#ring.hasRoom(size);
  }

  /** Takes the oldest entry away, or renews it where it may be and was found; whether it was renewed. */
  #makeWay(mayStay: boolean): boolean {
    const { words, oldest } = this.#ring;
    const word = oldest / WORD_BYTES;
    const lengths = words[word + LENGTHS] as number;
    const marks = words[word + MARKS] as number;
    const size = sizeOf(lengths & LENGTH_MASK, lengths >>> LENGTH_BITS);
    const stays = mayStay && (marks & FOUND) !== 0 && this.#spaces.has(words[word + SPACE] as number);
    this.#unlink(word);
    if (!stays) {
      this.#ring.drop(size);
      this.#entries -= 1;
      this.#count(marks >>> PART_SHIFT, -size);
      return false;
    }
    const moved = this.#ring.renew(size) / WORD_BYTES;
    words[moved + MARKS] = marks & ~FOUND;
    this.#link(moved);
    return true;
  }

  #count(part: number, bytes: number): void {
    this.#partBytes[part] = (this.#partBytes[part] as number) + bytes;
  }

  #home(hash: number): number {
    return Math.imul(hash, GOLDEN_RATIO) >>> this.#slotShift;
  }

  #link(word: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = this.#home(this.#ring.words[word + HASH] as number);
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = word + 1;
  }

  /** Closes the gap, so that whatever was linked behind it is still found (linear probing without tombstones). */
  #unlink(word: number): void {
    const slots = this.#slots;
    const { words } = this.#ring;
    const mask = slots.length - 1;
    let gap = this.#home(words[word + HASH] as number);
    while (slots[gap] !== word + 1) gap = (gap + 1) & mask;
    for (let slot = (gap + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const linked = slots[slot] as number;
      const home = this.#home(words[linked - 1 + HASH] as number);
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
      slots[gap] = linked;
      gap = slot;
    }
    slots[gap] = 0;
  }
}

function sizeOf(keyBytes: number, valueBytes: number): number {
  return Math.ceil((HEAD_BYTES + keyBytes + valueBytes) / RECORD_ALIGN_BYTES) * RECORD_ALIGN_BYTES;
}
