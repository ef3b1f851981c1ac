/** Whether the newest records that a checkpoint covers are those that were logged, as far as a start has time for it. */
import type { PrefixedDigests } from '../../../workers/prefixed-digests.ts';
import { frameFault } from '../record/record-frame.ts';
import { LeafHasher } from './growing-tree.ts';
import type { LogHashes } from './log-hashes.ts';
import type { StoredFrom } from './rebuild-tree.ts';
import { HASH_BYTES, isSame } from './tree.ts';

/** Hashed at every start, in a tenth of a second. `onecard journal verify` hashes all. */
export const RECENT_RECORDS = 65_536;

export interface RecentRecords {
  readonly first: number;
  readonly through: number;
  /** A record that is gone is told up to this position. */
  readonly gapsThrough: number;
}

/**
 * The first of the newest positions up to one whose record is gone, or is whole and another than the one logged; null
 * when there is none. A record whose checksum is wrong is damaged, which is for those to judge who read it.
 */
export function firstUnlike(
  hashes: LogHashes,
  stored: StoredFrom,
  { first, through, gapsThrough }: RecentRecords,
  digests: PrefixedDigests,
): number | null {
  const begin = Math.max(first, through - RECENT_RECORDS + 1);
  if (begin > through) return null;
  const logged = hashes.leaves(begin - 1, through);
  if (logged === null) return null;
  const hasher = new LeafHasher(digests);
  let expected = begin;
  for (const { position, bytes } of stored(begin)) {
    if (position > through) break;
    if (position !== expected && expected <= gapsThrough) return expected;
    expected = position + 1;
    const at = (position - begin) * HASH_BYTES;
    const isLogged = isSame(hasher.hash([bytes]), logged.subarray(at, at + HASH_BYTES));
    if (!isLogged && frameFault(position, bytes) === null) return position;
  }
  return expected <= Math.min(through, gapsThrough) ? expected : null;
}
