/** Builds the tree of a log anew: from the hashes that are kept, and from the records as they are stored. */
import type { PrefixedDigests } from '../../../workers/prefixed-digests.ts';
import { TILE_LEAVES } from './growing-tree.ts';
import type { LogHashes } from './log-hashes.ts';
import { LoggedTree } from './logged-tree.ts';

export interface StoredRecord {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** Records as they are stored, from a position on, in order. */
export type StoredFrom = (position: number) => Iterable<StoredRecord>;

const BATCH_RECORDS = 1_024;

/** A tree of so many leaves by kept hashes alone; null when one is not kept. */
export function treeFromHashes(hashes: LogHashes, size: number, digests: PrefixedDigests): LoggedTree | null {
  const tree = new LoggedTree(digests);
  const whole = Math.floor(size / TILE_LEAVES);
  for (let i = 0; i < whole; i += 1) {
    const tile = hashes.tile(i);
    if (tile === null) return null;
    tree.addTile(tile);
  }
  const rest = hashes.leaves(whole * TILE_LEAVES, size);
  if (rest === null) return null;
  tree.addHashes(rest);
  return tree;
}

/** Adds the records up to a position. Returns the first position that is missing, or null. */
export function addRecords(tree: LoggedTree, stored: StoredFrom, through: number): number | null {
  let batch: Uint8Array[] = [];
  let expected = tree.size + 1;
  if (expected > through) return null;
  for (const { position, bytes } of stored(expected)) {
    if (position !== expected || position > through) break;
    batch.push(bytes);
    expected += 1;
    if (batch.length < BATCH_RECORDS) continue;
    tree.add(batch);
    batch = [];
  }
  tree.add(batch);
  return expected > through ? null : expected;
}
