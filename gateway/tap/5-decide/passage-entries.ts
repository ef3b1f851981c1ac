/**
 * Memory of who is inside: entries of 32 bytes in blocks of typed arrays, found by a hash table of fixed size. No entry is an
 * object. What is over is freed by a hand that goes round, a few entries with each that is added, so that nothing stalls.
 */
const BLOCK_BITS = 13;
const BLOCK_ENTRIES = 2 ** BLOCK_BITS;
/** Words of an entry: its key, the next in its bucket, since when in two words, and for how long; 0 where it is free. */
const WORDS = 8;
const NEXT = 4;
const SINCE_HIGH = 5;
const SINCE_LOW = 6;
const LASTS = 7;
const ENTRIES_PER_BUCKET = 2;
const MIN_BUCKETS = 16;
const U32 = 0x1_0000_0000;
const LOOKED_AT_WITH_EACH = 4;

/** No entry. */
export const NONE = 0;

/** The four words of a key, signed: so they are no objects of the heap. */
export type PassageKey = readonly [number, number, number, number];

export class PassageEntries {
  readonly #buckets: Uint32Array;
  readonly #blocks: Int32Array[] = [];
  /** Entries ever made; they are numbered from 1. */
  #made = 0;
  #free = NONE;
  #hand = 0;
  #size = 0;

  constructor(maxEntries: number) {
    const buckets = Math.max(MIN_BUCKETS, Math.ceil(maxEntries / ENTRIES_PER_BUCKET));
    this.#buckets = new Uint32Array(2 ** Math.ceil(Math.log2(buckets)));
  }

  get size(): number {
    return this.#size;
  }

  /** Memory it holds; blocks stay when entries go. */
  get bytes(): number {
    return (
      this.#buckets.byteLength + this.#blocks.length * BLOCK_ENTRIES * WORDS * Int32Array.BYTES_PER_ELEMENT
    );
  }

  find([k0, k1, k2, k3]: PassageKey): number {
    let entry = this.#buckets[this.#bucket(k0)] as number;
    while (entry !== NONE) {
      const block = this.#block(entry);
      const at = place(entry);
      if (block[at] === k0 && block[at + 1] === k1 && block[at + 2] === k2 && block[at + 3] === k3) break;
      entry = block[at + NEXT] as number;
    }
    return entry;
  }

  /** Milliseconds since 1970 UTC. */
  sinceMs(entry: number): number {
    const block = this.#block(entry);
    const at = place(entry);
    return (block[at + SINCE_HIGH] as number) * U32 + ((block[at + SINCE_LOW] as number) >>> 0);
  }

  endMs(entry: number): number {
    return this.sinceMs(entry) + (this.#block(entry)[place(entry) + LASTS] as number);
  }

  /** `lastsMs`: 1 or more, of 32 bits. */
  set(entry: number, sinceMs: number, lastsMs: number): void {
    const block = this.#block(entry);
    const at = place(entry);
    block[at + SINCE_HIGH] = Math.floor(sinceMs / U32);
    block[at + SINCE_LOW] = sinceMs % U32;
    block[at + LASTS] = lastsMs;
  }

  /** A new entry, of a key that has none. */
  add([k0, k1, k2, k3]: PassageKey, sinceMs: number, lastsMs: number): void {
    const entry = this.#new();
    const block = this.#block(entry);
    const at = place(entry);
    const bucket = this.#bucket(k0);
    block[at] = k0;
    block[at + 1] = k1;
    block[at + 2] = k2;
    block[at + 3] = k3;
    block[at + NEXT] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = entry;
    this.set(entry, sinceMs, lastsMs);
    this.#size += 1;
  }

  remove(entry: number): void {
    const block = this.#block(entry);
    const at = place(entry);
    this.#unchain(entry, block[at] as number, block[at + NEXT] as number);
    block[at + LASTS] = 0;
    block[at + NEXT] = this.#free;
    this.#free = entry;
    this.#size -= 1;
  }

  /** Frees what ended before a time among so many entries; the next time, among those behind them. */
  sweep(nowMs: number, entries = LOOKED_AT_WITH_EACH): void {
    for (let left = Math.min(entries, this.#made); left > 0; left -= 1) {
      this.#hand = this.#hand >= this.#made ? 1 : this.#hand + 1;
      const isUsed = this.#block(this.#hand)[place(this.#hand) + LASTS] !== 0;
      if (isUsed && this.endMs(this.#hand) <= nowMs) this.remove(this.#hand);
    }
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
    if (this.#made % BLOCK_ENTRIES === 0) this.#blocks.push(new Int32Array(BLOCK_ENTRIES * WORDS));
    this.#made += 1;
    return this.#made;
  }

  #bucket(k0: number): number {
    return k0 & (this.#buckets.length - 1);
  }

  #block(entry: number): Int32Array {
    return this.#blocks[(entry - 1) >>> BLOCK_BITS] as Int32Array;
  }
}

function place(entry: number): number {
  return ((entry - 1) & (BLOCK_ENTRIES - 1)) * WORDS;
}
