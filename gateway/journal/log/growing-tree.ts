/**
 * The tree of a log that grows: what is kept in memory is what the next leaf and the next root need, whatever its size.
 * Leaves are hashed many in one call, and the nodes above them when 256 are together (a tile, as in C2SP tlog-tiles).
 */
import type { PrefixedDigests } from '../../../workers/prefixed-digests.ts';
import { emptyRoot, HASH_BYTES, nodeHash } from './tree.ts';

export const TILE_LEVEL = 8;
export const TILE_LEAVES = 2 ** TILE_LEVEL;

const LEAF = 0x00;
const NODE = 0x01;
const PAIR_BYTES = 2 * HASH_BYTES;
/** Bounds of pairs of hashes, one behind the other. */
const PAIRS = Uint32Array.from({ length: TILE_LEAVES }, (_, i) => ((i + 1) >> 1) * PAIR_BYTES);

/** Hashes of entries as leaves, 32 bytes each. */
export class LeafHasher {
  readonly #digests: PrefixedDigests;
  #bounds = new Uint32Array(512);
  #memory = new Uint8Array(0);

  constructor(digests: PrefixedDigests) {
    this.#digests = digests;
  }

  /** Entries that lie in one memory, as records do that were encoded one after the other, are hashed in one call. */
  hash(entries: readonly Uint8Array[]): Uint8Array {
    const hashes = new Uint8Array(entries.length * HASH_BYTES);
    if (this.#bounds.length < entries.length * 2) this.#bounds = new Uint32Array(entries.length * 2);
    for (let from = 0; from < entries.length; ) {
      const to = this.#bound(entries, from);
      const bounds = this.#bounds.subarray(0, (to - from) * 2);
      this.#digests(LEAF, this.#memory, bounds, hashes.subarray(from * HASH_BYTES, to * HASH_BYTES));
      from = to;
    }
    return hashes;
  }

  /** Notes where the entries from one on lie that share its memory; returns which is the first that does not. */
  #bound(entries: readonly Uint8Array[], from: number): number {
    const buffer = entries[from]?.buffer as ArrayBuffer;
    if (this.#memory.buffer !== buffer) this.#memory = new Uint8Array(buffer);
    let to = from;
    for (; to < entries.length; to += 1) {
      const entry = entries[to];
      if (entry === undefined || entry.buffer !== buffer) break;
      const at = (to - from) * 2;
      this.#bounds[at] = entry.byteOffset;
      this.#bounds[at + 1] = entry.byteOffset + entry.length;
    }
    return to;
  }
}

interface Tower {
  readonly level: number;
  readonly hash: Uint8Array;
}

export class GrowingTree {
  readonly #digests: PrefixedDigests;
  readonly #onTile: (hash: Uint8Array) => void;
  /** Whole subtrees from the left, each smaller than the one before. */
  #towers: Tower[] = [];
  readonly #leaves = new Uint8Array(TILE_LEAVES * HASH_BYTES);
  #leafCount = 0;
  #tiles = 0;

  /** `onTile`: told of the hash above each 256 leaves. */
  constructor(digests: PrefixedDigests, onTile: (hash: Uint8Array) => void = () => {}) {
    this.#digests = digests;
    this.#onTile = onTile;
  }

  /** Leaves. */
  get size(): number {
    return this.#tiles * TILE_LEAVES + this.#leafCount;
  }

  /** Adds leaves by their hashes. */
  add(hashes: Uint8Array): void {
    for (let at = 0; at < hashes.length; ) {
      const room = (TILE_LEAVES - this.#leafCount) * HASH_BYTES;
      const taken = hashes.subarray(at, at + room);
      this.#leaves.set(taken, this.#leafCount * HASH_BYTES);
      this.#leafCount += taken.length / HASH_BYTES;
      at += taken.length;
      if (this.#leafCount === TILE_LEAVES) {
        const hash = this.#foldTile();
        this.#leafCount = 0;
        this.#push(hash);
        this.#onTile(hash);
      }
    }
  }

  /** Adds 256 leaves by the hash above them, where a tile begins. `onTile` is not told. */
  addTile(hash: Uint8Array): void {
    if (this.#leafCount !== 0) throw new TypeError('a tile begins at a multiple of its leaves');
    this.#push(hash);
  }

  root(): Uint8Array {
    const { algorithm } = this.#digests;
    const tail = this.#leafCount === 0 ? null : this.#foldTile();
    const roots = this.#towers.map(({ hash }) => hash);
    if (tail) roots.push(tail);
    return roots.reduceRight(
      (right, left) => nodeHash(algorithm, left, right),
      roots.pop() ?? emptyRoot(algorithm),
    );
  }

  #push(hash: Uint8Array): void {
    this.#tiles += 1;
    let tower: Tower = { level: TILE_LEVEL, hash };
    for (let last = this.#towers.at(-1); last?.level === tower.level; last = this.#towers.at(-1)) {
      tower = { level: tower.level + 1, hash: nodeHash(this.#digests.algorithm, last.hash, tower.hash) };
      this.#towers.pop();
    }
    this.#towers.push(tower);
  }

  /** Level by level; one without a neighbour goes up as it is, which gives the tree of the RFC. */
  #foldTile(): Uint8Array {
    const level = this.#leaves.slice(0, this.#leafCount * HASH_BYTES);
    for (let count = this.#leafCount; count > 1; count = Math.ceil(count / 2)) {
      const pairs = count >> 1;
      this.#digests(NODE, level, PAIRS.subarray(0, pairs * 2), level.subarray(0, pairs * HASH_BYTES));
      if (count % 2 === 1) level.copyWithin(pairs * HASH_BYTES, (count - 1) * HASH_BYTES, count * HASH_BYTES);
    }
    return level.subarray(0, HASH_BYTES);
  }
}
