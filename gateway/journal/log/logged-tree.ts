/** The growing tree of a journal's log, and the hashes of it that are not on disk yet. */
import type { DigestAlgorithm } from '../../../crypto/algorithms.ts';
import type { PrefixedDigests } from '../../../workers/prefixed-digests.ts';
import { GrowingTree, LeafHasher, TILE_LEAVES } from './growing-tree.ts';
import { HASH_BYTES, leafHash } from './tree.ts';

/** Hashes to be written: `leaves` from leaf `firstLeaf` on, `tiles` from tile `firstTile` on. */
export interface UnwrittenHashes {
  readonly firstLeaf: number;
  readonly leaves: Uint8Array;
  readonly firstTile: number;
  readonly tiles: Uint8Array;
}

/** What a position before the log began counts as: a leaf without bytes. */
export function emptyLeaf(algorithm: DigestAlgorithm): Uint8Array {
  return leafHash(algorithm, new Uint8Array(0));
}

export class LoggedTree {
  readonly #tree: GrowingTree;
  readonly #hasher: LeafHasher;
  /** Records that are not hashed yet: many in one call cost less than the same in several. */
  #unhashed: Uint8Array[] = [];
  #leaves = new HashBuffer(0);
  #tiles = new HashBuffer(0);

  constructor(digests: PrefixedDigests) {
    this.#tree = new GrowingTree(digests, (hash) => this.#tiles.add(hash));
    this.#hasher = new LeafHasher(digests);
  }

  get size(): number {
    return this.#tree.size + this.#unhashed.length;
  }

  /** Leaves that are not on disk. */
  get unwritten(): number {
    return this.#leaves.count + this.#unhashed.length;
  }

  root(): Uint8Array {
    this.#hash();
    return this.#tree.root();
  }

  /** Adds 256 leaves by the hash above them, all of which are on disk already. */
  addTile(hash: Uint8Array): void {
    this.#hash();
    this.#tree.addTile(hash);
    this.#leaves.first += TILE_LEAVES;
    this.#tiles.first += 1;
  }

  /** Adds records as they are stored. */
  add(records: readonly Uint8Array[]): void {
    for (const record of records) this.#unhashed.push(record);
    if (this.#unhashed.length >= TILE_LEAVES) this.#hash();
  }

  addHashes(hashes: Uint8Array): void {
    this.#hash();
    this.#leaves.add(hashes);
    this.#tree.add(hashes);
  }

  #hash(): void {
    if (this.#unhashed.length === 0) return;
    const hashes = this.#hasher.hash(this.#unhashed);
    this.#unhashed.length = 0;
    this.addHashes(hashes);
  }

  /** What is to be written; given out once. */
  take(): UnwrittenHashes {
    this.#hash();
    const [leaves, tiles] = [this.#leaves, this.#tiles];
    this.#leaves = new HashBuffer(leaves.first + leaves.count);
    this.#tiles = new HashBuffer(tiles.first + tiles.count);
    return {
      firstLeaf: leaves.first,
      leaves: leaves.bytes,
      firstTile: tiles.first,
      tiles: tiles.bytes,
    };
  }
}

/** Hashes one behind the other, in memory that grows. */
class HashBuffer {
  /** Index of the first. */
  first: number;
  count = 0;
  #memory = new Uint8Array(64 * HASH_BYTES);

  constructor(first: number) {
    this.first = first;
  }

  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.count * HASH_BYTES);
  }

  add(hashes: Uint8Array): void {
    const used = this.count * HASH_BYTES;
    if (used + hashes.length > this.#memory.length) {
      const grown = new Uint8Array((used + hashes.length) * 2);
      grown.set(this.bytes);
      this.#memory = grown;
    }
    this.#memory.set(hashes, used);
    this.count += hashes.length / HASH_BYTES;
  }
}
