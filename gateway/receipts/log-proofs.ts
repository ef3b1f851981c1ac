/**
 * Proofs that records stand in the journal's log, one after another: what was read and hashed for one serves the next. A
 * log only grows, so a whole subtree has its hash for good.
 */
import type { DigestAlgorithm } from '../../crypto/algorithms.ts';
import type { SignedCheckpoint } from '../journal/log/checkpoint.ts';
import { TILE_LEAVES, TILE_LEVEL } from '../journal/log/growing-tree.ts';
import { treeFolder } from '../journal/log/hash-files.ts';
import { LogHashes } from '../journal/log/log-hashes.ts';
import { ProofError } from '../journal/log/prove-log.ts';
import {
  HASH_BYTES,
  inclusionProof,
  isSame,
  nodeHash,
  rootFromInclusion,
  type Subtrees,
} from '../journal/log/tree.ts';
import type { LogInclusion } from './receipt.ts';

/** Subtrees of so many levels are remembered: 64 bytes each, for 16,384 records. */
const KEPT_LEVEL = 14;
/** Tiles that are hashed from their leaves before the file of tiles is read again: each costs 0.3 ms, once. */
const UNREAD_TILES = 64;

export interface Leaf {
  readonly position: number;
  readonly hash: Uint8Array;
}

export class LogProofs {
  readonly #folder: string;
  #hashes: LogHashes | null = null;
  #tilesRead = 0;
  #opened: { readonly folder: string; readonly begins: number; readonly tree: DigestAlgorithm } | null = null;
  readonly #kept = new Map<string, Uint8Array>();
  /** Of tiles that are not read yet, by their index. */
  readonly #hashedTiles = new Map<number, Uint8Array>();
  #tile: { readonly index: number; readonly leaves: Uint8Array } | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Throws ProofError where the log does not hold that leaf at that position, or no longer holds the hashes. */
  prove(leaf: Leaf, checkpoint: SignedCheckpoint): LogInclusion {
    const { position, hash } = leaf;
    const { size, root, tree } = checkpoint;
    if (position < 1 || position > size) {
      throw new ProofError(`the checkpoint covers the positions 1 to ${size}, not ${position}`);
    }
    const path = this.#path(position - 1, checkpoint);
    const shown = rootFromInclusion(tree, hash, position - 1, size, path);
    if (shown === null || !isSame(shown, root)) {
      // What is remembered may be of a log that was made anew.
      this.#hashes = null;
      this.#kept.clear();
      throw new ProofError(`the record at position ${position} is not the one that the checkpoint covers`);
    }
    return {
      leaf_hash: base64(hash),
      leaf_index: position - 1,
      tree_size: size,
      path: path.map(base64),
      checkpoint: checkpoint.text,
    };
  }

  #path(index: number, checkpoint: SignedCheckpoint): Uint8Array[] {
    this.#open(checkpoint);
    this.#tile = null;
    try {
      return inclusionProof(checkpoint.tree, this.#subtrees, index, checkpoint.size);
    } catch (cause) {
      if (cause instanceof RangeError) throw new ProofError(cause.message, { cause });
      throw cause;
    }
  }

  #open(checkpoint: SignedCheckpoint): void {
    const tiles = Math.floor(checkpoint.size / TILE_LEAVES);
    const folder = treeFolder(this.#folder, checkpoint);
    const { begins, tree } = checkpoint;
    const isSameTree = this.#opened?.folder === folder && this.#opened.begins === begins;
    if (this.#hashes !== null && isSameTree && tiles <= this.#tilesRead + UNREAD_TILES) return;
    if (!isSameTree) this.#kept.clear();
    this.#hashes = new LogHashes(folder, begins, tree);
    this.#hashedTiles.clear();
    this.#opened = { folder, begins, tree };
    this.#tilesRead = tiles;
  }

  readonly #subtrees: Subtrees = (level, index) => {
    if (level === 0) return this.#leaf(index);
    if (level === TILE_LEVEL) return this.#hashes?.tile(index) ?? this.#hashedTile(index);
    const name = level >= KEPT_LEVEL ? `${level} ${index}` : null;
    const kept = name === null ? undefined : this.#kept.get(name);
    if (kept) return kept;
    const hash = this.#node(level, index);
    if (name !== null) this.#kept.set(name, hash);
    return hash;
  };

  #node(level: number, index: number): Uint8Array {
    const [left, right] = [this.#subtrees(level - 1, index * 2), this.#subtrees(level - 1, index * 2 + 1)];
    if (this.#opened === null) throw new ProofError('no tree is open');
    return nodeHash(this.#opened.tree, left, right);
  }

  #hashedTile(index: number): Uint8Array {
    const hash = this.#hashedTiles.get(index) ?? this.#node(TILE_LEVEL, index);
    this.#hashedTiles.set(index, hash);
    return hash;
  }

  /** Read 256 at a time: a path asks for neighbours. */
  #leaf(index: number): Uint8Array {
    const tile = Math.floor(index / TILE_LEAVES);
    if (this.#tile?.index !== tile) {
      const leaves = this.#hashes?.leavesKept(tile * TILE_LEAVES, (tile + 1) * TILE_LEAVES);
      this.#tile = { index: tile, leaves: leaves ?? new Uint8Array(0) };
    }
    const at = (index % TILE_LEAVES) * HASH_BYTES;
    const hash = this.#tile.leaves.subarray(at, at + HASH_BYTES);
    if (hash.length < HASH_BYTES) {
      throw new RangeError(`the hash of position ${index + 1} is no longer kept`);
    }
    return hash;
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
