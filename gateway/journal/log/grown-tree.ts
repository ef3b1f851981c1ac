/** The tree of a log as it stands before anything is added: from the hashes that are kept, held against the records. */
import type { PrefixedDigests } from '../../../workers/prefixed-digests.ts';
import type { LmdbJournal } from '../lmdb-journal.ts';
import { readPosition } from '../record/record-keys.ts';
import type { SignedCheckpoint } from './checkpoint.ts';
import { LogHashes } from './log-hashes.ts';
import { inDoubt } from './log-in-doubt.ts';
import type { LoggedTree } from './logged-tree.ts';
import type { OpenLogOptions } from './open-log.ts';
import { addRecords, treeFromHashes } from './rebuild-tree.ts';
import { firstUnlike } from './recent-records.ts';
import { isSame } from './tree.ts';

/** Records up to here are known to be damaged. */
export const ACCEPTED = 'log-accepted';

export type RecordsToCheck = Pick<OpenLogOptions, 'journal' | 'acceptDamage' | 'replayAfter'>;

export interface TreePlace {
  /** Of the tree's hashes. */
  readonly folder: string;
  readonly begins: number;
  /** Of this tree; null: there is none yet. */
  readonly newest: SignedCheckpoint | null;
  readonly digests: PrefixedDigests;
}

/** The tree of all records there are. Throws JournalError `unusable` where they do not hold to the newest checkpoint. */
export function grownTree(
  records: RecordsToCheck,
  { folder, begins, newest, digests }: TreePlace,
): LoggedTree {
  const { journal } = records;
  const last = journal.nextPosition - 1;
  const hashes = new LogHashes(folder, begins, digests.algorithm);
  const size = newest?.size ?? begins - 1;
  if (newest && last < size) {
    throw inDoubt(
      `${nameOf(newest)} covers the records up to position ${size}, and the newest that is there is ${last}: ` +
        `${size - last} are missing`,
    );
  }
  if (newest?.isStop && last > size) {
    throw inDoubt(
      `${nameOf(newest)} was made when the gateway stopped, and ${last - size} records stand behind it: ` +
        'somebody put them there since',
    );
  }
  const tree = newest ? checkedTree(records, hashes, newest, digests) : treeFromHashes(hashes, size, digests);
  if (tree === null) throw new Error('a log that begins needs no hashes');
  const missing = addMissing(tree, journal, hashes, last);
  if (missing !== null) throw inDoubt(`the record at position ${missing} is missing`);
  return tree;
}

/** The tree of the newest checkpoint: by the hashes that are kept, or where they are torn by the records. */
function checkedTree(
  { journal, acceptDamage = false, replayAfter = Number.POSITIVE_INFINITY }: RecordsToCheck,
  hashes: LogHashes,
  newest: SignedCheckpoint,
  digests: PrefixedDigests,
): LoggedTree {
  const stored = (from: number) => journal.stored(from);
  const begin = Math.max(newest.begins, journal.firstPosition);
  const kept = treeFromHashes(hashes, newest.size, digests);
  const isWhole = kept !== null && isSame(kept.root(), newest.root);
  const accepted = acceptedThrough(journal);
  const recent = {
    first: Math.max(begin, accepted + 1),
    through: newest.size,
    gapsThrough: acceptDamage ? 0 : replayAfter,
  };
  const unlike = isWhole ? firstUnlike(hashes, stored, recent, digests) : null;
  if (isWhole && unlike === null) return kept;
  // A crash of the machine may have torn the hashes: the records say.
  const known = Math.min(newest.size, begin - 1);
  const again = treeFromHashes(hashes, known, digests);
  if (again === null) throw inDoubt(`the hashes of its records up to position ${known} are missing`);
  const missing = addRecords(again, stored, newest.size);
  if (missing !== null) throw inDoubt(`the record at position ${missing} is missing`);
  if (!isSame(again.root(), newest.root)) {
    const what =
      unlike === null ? `a record up to position ${newest.size}` : `the record at position ${unlike}`;
    throw inDoubt(`${what} is not the one that ${nameOf(newest)} covers`);
  }
  return again;
}

/** Adds what came after the newest checkpoint: by kept hashes what was trimmed since, the rest by the records. */
function addMissing(
  tree: LoggedTree,
  journal: OpenLogOptions['journal'],
  hashes: LogHashes,
  last: number,
): number | null {
  const trimmed = Math.min(last, journal.firstPosition - 1);
  if (tree.size < trimmed) {
    const kept = hashes.leaves(tree.size, trimmed);
    if (kept === null) return tree.size + 1;
    tree.addHashes(kept);
  }
  return addRecords(tree, (from) => journal.stored(from), last);
}

function acceptedThrough(journal: Pick<LmdbJournal, 'note'>): number {
  const note = journal.note(ACCEPTED);
  return note ? readPosition(note) : 0;
}

export function nameOf({ atMs }: SignedCheckpoint): string {
  return `the checkpoint of ${new Date(atMs).toISOString()}`;
}
