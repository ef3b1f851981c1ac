/**
 * The Merkle tree of a log (RFC 9162 section 2.1, the same as RFC 6962): hashes, roots and proofs, as pure functions. A
 * hash is 32 bytes, SHA-256 or SM3: one tree has one of the two. Sizes and indexes are whole numbers up to 2^53.
 */
import type { DigestAlgorithm } from '../../../crypto/algorithms.ts';
import { digestOf } from '../../../crypto/digest.ts';

export const HASH_BYTES = 32;

const LEAF_PREFIX = Uint8Array.of(0x00);
const NODE_PREFIX = Uint8Array.of(0x01);

/** Clause 2.1.1: MTH of one entry. */
export function leafHash(algorithm: DigestAlgorithm, data: Uint8Array): Buffer {
  return digestOf(algorithm, Buffer.concat([LEAF_PREFIX, data]));
}

/** Clause 2.1.1: a node above two. */
export function nodeHash(algorithm: DigestAlgorithm, left: Uint8Array, right: Uint8Array): Buffer {
  return digestOf(algorithm, Buffer.concat([NODE_PREFIX, left, right]));
}

/** Clause 2.1.1: the root of a tree without leaves. */
export function emptyRoot(algorithm: DigestAlgorithm): Buffer {
  return digestOf(algorithm, new Uint8Array(0));
}

/**
 * Where the hashes come from: of the whole subtree of 2^`level` leaves that begins at leaf `index` × 2^`level`. Throws
 * what it likes where it has none.
 */
export type Subtrees = (level: number, index: number) => Uint8Array;

/** Root of the leaves from `start` up to `end`, of which `start` is where a subtree of that size can begin. */
export function rangeRoot(
  algorithm: DigestAlgorithm,
  subtrees: Subtrees,
  start: number,
  end: number,
): Uint8Array {
  const size = end - start;
  if (size <= 0) return emptyRoot(algorithm);
  const { level, leaves } = largestSubtree(size);
  const first = subtrees(level, start / leaves);
  return leaves === size
    ? first
    : nodeHash(algorithm, first, rangeRoot(algorithm, subtrees, start + leaves, end));
}

/** Clause 2.1.3.1: PATH(index, D[size]), from the leaf's sibling up. Throws RangeError when there is no such leaf. */
export function inclusionProof(
  algorithm: DigestAlgorithm,
  subtrees: Subtrees,
  index: number,
  size: number,
): Uint8Array[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`a tree of ${size} leaves has no leaf ${index}`);
  return path(algorithm, subtrees, index, 0, size);
}

function path(
  algorithm: DigestAlgorithm,
  subtrees: Subtrees,
  index: number,
  start: number,
  end: number,
): Uint8Array[] {
  if (end - start === 1) return [];
  const middle = start + largestPowerBelow(end - start);
  return index < middle
    ? [...path(algorithm, subtrees, index, start, middle), rangeRoot(algorithm, subtrees, middle, end)]
    : [...path(algorithm, subtrees, index, middle, end), rangeRoot(algorithm, subtrees, start, middle)];
}

/** Clause 2.1.4.1: PROOF(before, D[size]). Throws RangeError unless 0 < `before` ≤ `size`. */
export function consistencyProof(
  algorithm: DigestAlgorithm,
  subtrees: Subtrees,
  before: number,
  size: number,
): Uint8Array[] {
  if (!(before > 0 && before <= size)) {
    throw new RangeError(`a tree of ${size} leaves does not go on from one of ${before}`);
  }
  return subproof(algorithm, subtrees, before, 0, size, true);
}

function subproof(
  algorithm: DigestAlgorithm,
  subtrees: Subtrees,
  before: number,
  start: number,
  end: number,
  isKnown: boolean,
): Uint8Array[] {
  if (before === end) return isKnown ? [] : [rangeRoot(algorithm, subtrees, start, end)];
  const middle = start + largestPowerBelow(end - start);
  return before <= middle
    ? [
        ...subproof(algorithm, subtrees, before, start, middle, isKnown),
        rangeRoot(algorithm, subtrees, middle, end),
      ]
    : [
        ...subproof(algorithm, subtrees, before, middle, end, false),
        rangeRoot(algorithm, subtrees, start, middle),
      ];
}

/** Clause 2.1.3.2: the root that a proof leads to from a leaf; null when the proof is of another length. */
export function rootFromInclusion(
  algorithm: DigestAlgorithm,
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
): Uint8Array | null {
  if (!(index >= 0 && index < size)) return null;
  let [first, last, root] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return null;
    if (first % 2 === 1 || first === last) {
      root = nodeHash(algorithm, sibling, root);
      while (first % 2 === 0 && first !== 0) [first, last] = [first / 2, Math.floor(last / 2)];
    } else root = nodeHash(algorithm, root, sibling);
    [first, last] = [Math.floor(first / 2), Math.floor(last / 2)];
  }
  return last === 0 ? root : null;
}

export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Clause 2.1.4.2: whether a proof shows that the newer tree goes on from the older one. */
export function isConsistent(
  algorithm: DigestAlgorithm,
  older: TreeHead,
  newer: TreeHead,
  proof: readonly Uint8Array[],
): boolean {
  if (older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && isSame(older.root, newer.root);
  if (older.size === 0) return proof.length === 0;
  const hashes = isPowerOfTwo(older.size) ? [older.root, ...proof] : [...proof];
  let [first, last] = [older.size - 1, newer.size - 1];
  while (first % 2 === 1) [first, last] = [Math.floor(first / 2), Math.floor(last / 2)];
  const [begin, ...rest] = hashes;
  if (begin === undefined) return false;
  let [olderRoot, newerRoot] = [begin, begin];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (first % 2 === 1 || first === last) {
      [olderRoot, newerRoot] = [
        nodeHash(algorithm, sibling, olderRoot),
        nodeHash(algorithm, sibling, newerRoot),
      ];
      while (first % 2 === 0 && first !== 0) [first, last] = [first / 2, Math.floor(last / 2)];
    } else newerRoot = nodeHash(algorithm, newerRoot, sibling);
    [first, last] = [Math.floor(first / 2), Math.floor(last / 2)];
  }
  return last === 0 && isSame(olderRoot, older.root) && isSame(newerRoot, newer.root);
}

export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

function isPowerOfTwo(size: number): boolean {
  return largestSubtree(size).leaves === size;
}

/** The largest whole subtree that is not larger than `size`. Counted, since logarithms of large numbers are rounded. */
function largestSubtree(size: number): { readonly level: number; readonly leaves: number } {
  let [level, leaves] = [0, 1];
  for (; leaves * 2 <= size; leaves *= 2) level += 1;
  return { level, leaves };
}

/** The largest power of two smaller than `size`, which is above 1. */
function largestPowerBelow(size: number): number {
  const { leaves } = largestSubtree(size);
  return leaves === size ? leaves / 2 : leaves;
}
