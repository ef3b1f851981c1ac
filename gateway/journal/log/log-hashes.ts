/** The hashes of a log as they are kept, for rebuilding its tree and for proofs. */
import { TILE_LEAVES, TILE_LEVEL } from './growing-tree.ts';
import { readLeaves, readTiles } from './hash-files.ts';
import { EMPTY_LEAF } from './logged-tree.ts';
import { HASH_BYTES, nodeHash, type Subtrees } from './tree.ts';

const EMPTY_TILE = Array.from({ length: TILE_LEVEL }).reduce<Buffer>(
  (hash) => nodeHash(hash, hash),
  EMPTY_LEAF,
);

export class LogHashes {
  readonly #folder: string;
  /** Leaves before the log began, which are without bytes. */
  readonly #empty: number;
  readonly #tiles: Uint8Array;

  constructor(folder: string, begins: number) {
    this.#folder = folder;
    this.#empty = begins - 1;
    this.#tiles = readTiles(folder);
  }

  /** The hash above 256 leaves; null when it is not kept. */
  tile(index: number): Uint8Array | null {
    if ((index + 1) * TILE_LEAVES <= this.#empty) return EMPTY_TILE;
    const hash = this.#tiles.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
    return hash.length === HASH_BYTES ? hash : null;
  }

  /** Hashes of leaves from one up to another; null unless all are kept. */
  leaves(start: number, end: number): Uint8Array | null {
    const hashes = this.leavesKept(start, end);
    return hashes.length === (end - start) * HASH_BYTES ? hashes : null;
  }

  /** Hashes of leaves from one up to another, as far as all before them are kept. */
  leavesKept(start: number, end: number): Uint8Array {
    const kept = Math.max(start, Math.min(end, this.#empty));
    const hashes = kept < end ? readLeaves(this.#folder, kept, end) : Buffer.alloc(0);
    return Buffer.concat([...Array.from({ length: kept - start }, () => EMPTY_LEAF), hashes]);
  }

  /**
   * For proofs. `leafOf`: hash of a leaf, where the record is at hand. Throws RangeError when a hash is asked for that is
   * neither kept nor can be made.
   */
  subtrees(leafOf: (index: number) => Uint8Array | null): Subtrees {
    const leaf = (index: number) => this.leaves(index, index + 1) ?? leafOf(index);
    const hash: Subtrees = (level, index) => {
      const known = level === 0 ? leaf(index) : level === TILE_LEVEL ? this.tile(index) : null;
      if (known !== null) return known;
      if (level === 0) throw new RangeError(`the hash of position ${index + 1} is no longer kept`);
      return nodeHash(hash(level - 1, index * 2), hash(level - 1, index * 2 + 1));
    };
    return hash;
  }
}
