/**
 * The Merkle tree (RFC 9162 section 2.1) that the records of one epoch of a gateway's journal make, leaf = record as it
 * came, index = position - 1. Kept as the hash of each leaf, so that neither order nor gaps matter, and the root of any
 * size can be had. An epoch that forks from another has that one's leaves before it. A record of version 5 is in a tree that is
 * hashed with SM3, others are in one of SHA-256.
 */
import { createHash } from 'node:crypto';
import { choosePrefixedDigests } from '../../workers/prefixed-digests.ts';
import type { TreeHash } from './checkpoint-note.ts';

const HASH = 32;
const LEAF = 0;
const NODE = 1;
const TILE = 256;
const PAGE_TILES = 16;
const PAGE = TILE * PAGE_TILES;

const VERSION_OF_SM = 5;

const digests = { 'SHA-256': choosePrefixedDigests('SHA-256'), SM3: choosePrefixedDigests('SM3') } as const;
const hashOf = (tree: TreeHash, bytes: Uint8Array) =>
  createHash(tree === 'SM3' ? 'sm3' : 'sha256')
    .update(bytes)
    .digest();
const EMPTY_LEAF = {
  'SHA-256': hashOf('SHA-256', Uint8Array.of(LEAF)),
  SM3: hashOf('SM3', Uint8Array.of(LEAF)),
} as const;
const treeOf = (record: Uint8Array | undefined): TreeHash =>
  record?.[0] === VERSION_OF_SM ? 'SM3' : 'SHA-256';

interface Page {
  readonly hashes: Uint8Array;
  readonly present: Uint8Array;
}

export interface Fork {
  readonly parent: Leaves;
  /** Position of the first record that is the fork's own. */
  readonly first: number;
}

export class Leaves {
  readonly #pages = new Map<number, Page>();
  /** Of tiles all of whose leaves are there. */
  readonly #tiles = new Map<number, Uint8Array>();
  #begins = 1;
  #tree: TreeHash = 'SHA-256';
  #fork: Fork | null = null;

  /** Records at the positions from `first` on, as they came. One that is there already stays. */
  keep(first: number, records: readonly Uint8Array[]): void {
    for (let from = 0; from < records.length; ) {
      const buffer = records[from]?.buffer;
      const tree = treeOf(records[from]);
      let to = from;
      while (to < records.length && records[to]?.buffer === buffer && treeOf(records[to]) === tree) to += 1;
      const run = records.slice(from, to);
      const bounds = Uint32Array.from(
        run.flatMap(({ byteOffset, length }) => [byteOffset, byteOffset + length]),
      );
      const hashes = new Uint8Array(run.length * HASH);
      digests[tree](LEAF, new Uint8Array(buffer ?? new ArrayBuffer(0)), bounds, hashes);
      for (let i = 0; i < run.length; i += 1) {
        this.#put(first + from + i - 1, hashes.subarray(i * HASH, (i + 1) * HASH));
      }
      from = to;
    }
  }

  /** Says where it comes from. */
  forksFrom(fork: Fork): void {
    this.#fork = fork;
    this.#tiles.clear();
  }

  has(position: number): boolean {
    return this.#leaf(position - 1, this.#begins, this.#tree) !== null;
  }

  /**
   * The root of the tree of so many leaves, or the first position whose record is not here. Positions before `begins` are
   * leaves without bytes.
   */
  rootAt(
    size: number,
    begins: number,
    tree: TreeHash,
  ): { readonly root: Uint8Array } | { readonly missing: number } {
    if (begins !== this.#begins || tree !== this.#tree) this.#tiles.clear();
    this.#begins = begins;
    this.#tree = tree;
    const above: Uint8Array[] = [];
    for (let start = 0; start < size; start += TILE) {
      const end = Math.min(size, start + TILE);
      const kept = end - start === TILE ? this.#tiles.get(start) : undefined;
      const folded = kept ?? this.#foldedTile(start, end);
      if (typeof folded === 'number') return { missing: folded };
      if (end - start === TILE) this.#tiles.set(start, folded);
      above.push(folded);
    }
    return { root: size === 0 ? hashOf(tree, new Uint8Array()) : fold(tree, Buffer.concat(above)) };
  }

  #foldedTile(start: number, end: number): Uint8Array | number {
    const leaves = new Uint8Array((end - start) * HASH);
    for (let index = start; index < end; index += 1) {
      const leaf = this.#leaf(index, this.#begins, this.#tree);
      if (leaf === null) return index + 1;
      leaves.set(leaf, (index - start) * HASH);
    }
    return fold(this.#tree, leaves);
  }

  #leaf(index: number, begins: number, tree: TreeHash): Uint8Array | null {
    if (index + 1 < begins) return EMPTY_LEAF[tree];
    if (this.#fork && index + 1 < this.#fork.first) return this.#fork.parent.#leaf(index, begins, tree);
    const page = this.#pages.get(Math.floor(index / PAGE));
    const at = index % PAGE;
    return page?.present[at] === 1 ? page.hashes.subarray(at * HASH, (at + 1) * HASH) : null;
  }

  #put(index: number, hash: Uint8Array): void {
    const number = Math.floor(index / PAGE);
    const page = this.#pages.get(number) ?? {
      hashes: new Uint8Array(PAGE * HASH),
      present: new Uint8Array(PAGE),
    };
    this.#pages.set(number, page);
    const at = index % PAGE;
    if (page.present[at] === 1) return;
    page.present[at] = 1;
    page.hashes.set(hash, at * HASH);
  }
}

/** Pairs level by level; one without a neighbour goes up as it is. */
function fold(tree: TreeHash, hashes: Uint8Array): Uint8Array {
  let level = hashes;
  for (let count = level.length / HASH; count > 1; count = Math.ceil(count / 2)) {
    const pairs = count >> 1;
    const next = new Uint8Array(Math.ceil(count / 2) * HASH);
    const bounds = Uint32Array.from({ length: pairs * 2 }, (_, i) => ((i + 1) >> 1) * 2 * HASH);
    digests[tree](NODE, level, bounds, next.subarray(0, pairs * HASH));
    if (count % 2 === 1) next.set(level.subarray((count - 1) * HASH, count * HASH), pairs * HASH);
    level = next;
  }
  return level;
}
