/**
 * Memory of the replay window: entries of 36 bytes in blocks of typed arrays, found by a hash table of fixed size, and
 * linked into one list per slice of time. No entry is an object, so millions of them cost the garbage collector nothing.
 * Every step takes constant time, but for allocating a block.
 */
const BLOCK_BITS = 14;
const BLOCK_ENTRIES = 2 ** BLOCK_BITS;

/** Words of an entry: its key, then the next in its bucket, both neighbours in its slice, the slice, and its owner. */
const WORDS = 9;
const NEXT = 4;
const AFTER = 5;
const BEFORE = 6;
const SLICE = 7;
const OWNER = 8;
/** Average entries per bucket when it is full. */
const ENTRIES_PER_BUCKET = 2;
const MIN_BUCKETS = 16;

/** No entry. */
export const NONE = 0;

export class ReplayEntries {
  /** First entry of each bucket. */
  readonly #buckets: Uint32Array;
  readonly #blocks: Uint32Array[] = [];
  /** Entries ever made; they are numbered from 1. */
  #made = 0;
  /** First of the entries that are free again, linked by NEXT. */
  #free = NONE;

  constructor(maxEntries: number) {
    const buckets = Math.max(MIN_BUCKETS, Math.ceil(maxEntries / ENTRIES_PER_BUCKET));
    this.#buckets = new Uint32Array(2 ** Math.ceil(Math.log2(buckets)));
  }

  /** Memory it holds; blocks stay when entries go. */
  get bytes(): number {
    return (
      this.#buckets.byteLength + this.#blocks.length * BLOCK_ENTRIES * WORDS * Uint32Array.BYTES_PER_ELEMENT
    );
  }

  /** The entry of a key (its four words) in a slice later than `slice`, or NONE. */
  find(k0: number, k1: number, k2: number, k3: number, slice: number): number {
    let entry = this.#buckets[this.#bucket(k0)] as number;
    while (entry !== NONE) {
      const block = this.#block(entry);
      const at = place(entry);
      if (block[at] === k0 && block[at + 1] === k1 && block[at + 2] === k2 && block[at + 3] === k3) {
        if ((block[at + SLICE] as number) > slice) return entry;
      }
      entry = block[at + NEXT] as number;
    }
    return NONE;
  }

  /** A new entry before `first`, the first of its slice (or NONE). */
  add(k0: number, k1: number, k2: number, k3: number, slice: number, first: number, owner: number): number {
    const entry = this.#new();
    const block = this.#block(entry);
    const at = place(entry);
    const bucket = this.#bucket(k0);
    block[at] = k0;
    block[at + 1] = k1;
    block[at + 2] = k2;
    block[at + 3] = k3;
    block[at + NEXT] = this.#buckets[bucket] as number;
    block[at + AFTER] = first;
    block[at + BEFORE] = NONE;
    block[at + SLICE] = slice;
    block[at + OWNER] = owner;
    this.#buckets[bucket] = entry;
    if (first !== NONE) this.#block(first)[place(first) + BEFORE] = entry;
    return entry;
  }

  slice(entry: number): number {
    return this.#block(entry)[place(entry) + SLICE] as number;
  }

  owner(entry: number): number {
    return this.#block(entry)[place(entry) + OWNER] as number;
  }

  /** The next entry of the same slice, or NONE. */
  after(entry: number): number {
    return this.#block(entry)[place(entry) + AFTER] as number;
  }

  /** Takes an entry away; returns whether it was the first of its slice. */
  remove(entry: number): boolean {
    const block = this.#block(entry);
    const at = place(entry);
    const after = block[at + AFTER] as number;
    const before = block[at + BEFORE] as number;
    if (after !== NONE) this.#block(after)[place(after) + BEFORE] = before;
    if (before !== NONE) this.#block(before)[place(before) + AFTER] = after;
    this.#unchain(entry, block[at] as number, block[at + NEXT] as number);
    block[at + NEXT] = this.#free;
    this.#free = entry;
    return before === NONE;
  }

  #unchain(entry: number, k0: number, next: number): void {
    const bucket = this.#bucket(k0);
    let one = this.#buckets[bucket] as number;
    if (one === entry) {
      this.#buckets[bucket] = next;
      return;
    }
    for (;;) {
      const block = this.#block(one);
      const at = place(one) + NEXT;
      one = block[at] as number;
      if (one !== entry) continue;
      block[at] = next;
      return;
    }
  }

  #new(): number {
    const free = this.#free;
    if (free !== NONE) {
      this.#free = this.#block(free)[place(free) + NEXT] as number;
      return free;
    }
    if (this.#made % BLOCK_ENTRIES === 0) this.#blocks.push(new Uint32Array(BLOCK_ENTRIES * WORDS));
    this.#made += 1;
    return this.#made;
  }

  #bucket(k0: number): number {
    return k0 & (this.#buckets.length - 1);
  }

  #block(entry: number): Uint32Array {
    return this.#blocks[(entry - 1) >>> BLOCK_BITS] as Uint32Array;
  }
}

function place(entry: number): number {
  return ((entry - 1) & (BLOCK_ENTRIES - 1)) * WORDS;
}
