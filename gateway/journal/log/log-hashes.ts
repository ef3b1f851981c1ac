/** The hashes of a log as they are kept, for rebuilding its tree and for proofs. */
import type { DigestAlgorithm } from '../../../crypto/algorithms.ts';
import { TILE_LEAVES, TILE_LEVEL } from './growing-tree.ts';
import { readLeaves, readTiles } from './hash-files.ts';
import { emptyLeaf } from './logged-tree.ts';
import { HASH_BYTES, nodeHash, type Subtrees } from './tree.ts';

export class LogHashes {
  readonly #folder: string;
  readonly algorithm: DigestAlgorithm;
  readonly #emptyLeaf: Uint8Array;
  readonly #emptyTile: Uint8Array;
  /** Leaves before the log began, which are without bytes. */
  readonly #empty: number;
  readonly #tiles: Uint8Array;

  /** `folder`: of the tree, which is of one algorithm. */
  constructor(folder: string, begins: number, algorithm: DigestAlgorithm) {
    this.#folder = folder;
    this.algorithm = algorithm;
    this.#emptyLeaf = emptyLeaf(algorithm);
    this.#emptyTile = Array.from({ length: TILE_LEVEL }).reduce<Uint8Array>(
      (hash) => nodeHash(algorithm, hash, hash),
      this.#emptyLeaf,
    );
    this.#empty = begins - 1;
    this.#tiles = readTiles(folder);
  }

  /** The hash above 256 leaves; null when it is not kept. */
  tile(index: number): Uint8Array | null {
    if ((index + 1) * TILE_LEAVES <= this.#empty) return this.#emptyTile;
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
    return Buffer.concat([...Array.from({ length: kept - start }, () => this.#emptyLeaf), hashes]);
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
      return nodeHash(this.algorithm, hash(level - 1, index * 2), hash(level - 1, index * 2 + 1));
    };
    return hash;
  }
}
