/**
 * Opens the log of a journal before the gateway decides anything: holds the records against the newest checkpoint, and
 * hashes what came after it. Where they do not fit the start is refused, because an answer on top of a journal that
 * somebody changed would be signed with it.
 */
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { choosePrefixedDigests, type PrefixedDigests } from '../../../workers/prefixed-digests.ts';
import { JournalError } from '../journal-error.ts';
import type { JournalIdentity } from '../journal-identity.ts';
import type { LmdbJournal } from '../lmdb-journal.ts';
import { positionKey, readPosition } from '../record/record-keys.ts';
import { isSignedBy, type SignedCheckpoint } from './checkpoint.ts';
import { CheckpointFile, checkpointFile } from './checkpoint-file.ts';
import { type CheckpointKey, makeCheckpointKey, readCheckpointKey } from './checkpoint-key.ts';
import { HashFiles, logFolder } from './hash-files.ts';
import { JournalLog, type JournalLogOptions } from './journal-log.ts';
import { LogHashes } from './log-hashes.ts';
import type { LoggedTree } from './logged-tree.ts';
import { addRecords, treeFromHashes } from './rebuild-tree.ts';
import { firstUnlike } from './recent-records.ts';
import { isSame } from './tree.ts';

export interface OpenLogOptions
  extends Pick<JournalLogOptions, 'checkpointMs' | 'now' | 'onCheckpoint' | 'onFault' | 'onFailed'> {
  readonly journalFolder: string;
  readonly journal: Pick<
    LmdbJournal,
    | 'firstPosition'
    | 'nextPosition'
    | 'syncedPosition'
    | 'stored'
    | 'note'
    | 'saveNote'
    | 'followed'
    | 'lineage'
  >;
  readonly identity: () => JournalIdentity;
  readonly keyFile: string;
  /** Goes on where records that a checkpoint covers are missing; later starts do not look for them any more. */
  readonly acceptDamage?: boolean;
  /**
   * Behind this position the memory of used presentations is rebuilt from the records, and says itself which are missing.
   */
  readonly replayAfter?: number;
  /** Disk that hashes of leaves may use. */
  readonly leavesBytes: number;
  readonly digests?: PrefixedDigests;
}

type RecordsToCheck = Pick<OpenLogOptions, 'journal' | 'acceptDamage' | 'replayAfter'>;

/** Kept in the data file once there is a checkpoint: a log that is missing afterwards was removed. */
const BEGUN = 'log';
/** Records up to here are known to be damaged. */
const ACCEPTED = 'log-accepted';
const SYNC_POLL_MS = 10;

/** Resolves when the log follows the journal. Rejects with JournalError `unusable` where the journal is not what was logged. */
export async function openJournalLog(options: OpenLogOptions): Promise<JournalLog> {
  const { journalFolder, journal, keyFile, leavesBytes, identity } = options;
  const folder = logFolder(journalFolder);
  const isBegun = journal.note(BEGUN) !== null;
  if (isBegun && !existsSync(checkpointFile(folder))) {
    throw inDoubt(`its checkpoints are missing: ${checkpointFile(folder)} is not there`);
  }
  const checkpoints = await CheckpointFile.open(folder);
  try {
    const { newest } = checkpoints;
    if (isBegun && newest === null) throw inDoubt(`${checkpointFile(folder)} is empty`);
    const key = keyFor(keyFile, newest, identity().epoch);
    if (newest) checkOwner(newest, options);
    const begins = newest?.begins ?? Math.max(1, journal.firstPosition);
    const tree = await grownTree(options, folder, begins, newest);
    await onDisk(journal, tree.size);
    const { checkpointMs, now, onCheckpoint, onFault, onFailed } = options;
    const log = new JournalLog({
      ...{ tree, checkpoints, key, begins, identity, checkpointMs, now, onCheckpoint, onFault, onFailed },
      files: new HashFiles(folder, leavesBytes),
      syncedPosition: () => journal.syncedPosition,
      lastPosition: () => journal.nextPosition - 1,
    });
    // Also when there is nothing new: from now on records may come behind a checkpoint that says nothing does.
    await log.checkpoint();
    if (!isBegun) await journal.saveNote(BEGUN, Buffer.of(1));
    if (options.acceptDamage) await journal.saveNote(ACCEPTED, positionKey(log.size));
    journal.followed.follow(log);
    return log;
  } catch (error) {
    await checkpoints.close();
    throw error;
  }
}

/** The key; made where no checkpoint has been signed yet, or none in this epoch: a backup restored on another machine. */
function keyFor(file: string, newest: SignedCheckpoint | null, epoch: string): CheckpointKey {
  const key = readCheckpointKey(file);
  if (newest === null || newest.epoch !== epoch) return key ?? makeCheckpointKey(file);
  if (key === null) throw inDoubt(`the key of its checkpoints is missing: ${file} is not there`);
  if (!isSignedBy(newest, key.publicKey, key.publicBytes)) {
    throw inDoubt(`its newest checkpoint was not signed with the key in ${file}`);
  }
  return key;
}

function checkOwner(newest: SignedCheckpoint, { identity, journal }: OpenLogOptions): void {
  const { gatewayId, keyFingerprint } = identity();
  if (newest.gatewayId !== gatewayId) {
    throw inDoubt(`its checkpoints are of the gateway ${newest.gatewayId}, not of ${gatewayId}`);
  }
  if (newest.keyFingerprint !== keyFingerprint) {
    throw inDoubt(
      `its checkpoints are of a journal with the key ${newest.keyFingerprint}, not ${keyFingerprint}`,
    );
  }
  if (!journal.lineage.spans.some(({ epoch }) => epoch === newest.epoch)) {
    throw inDoubt(`its checkpoints are of the epoch ${newest.epoch}, which this journal never had`);
  }
}

/** The tree of all records there are. Throws JournalError `unusable` where they do not hold to the newest checkpoint. */
async function grownTree(
  { digests = choosePrefixedDigests('SHA-256'), ...records }: OpenLogOptions,
  folder: string,
  begins: number,
  newest: SignedCheckpoint | null,
): Promise<LoggedTree> {
  const { journal } = records;
  const last = journal.nextPosition - 1;
  const hashes = new LogHashes(folder, begins);
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

/** Where records are seen before they are on disk, what an earlier process left is being synced. */
async function onDisk(journal: OpenLogOptions['journal'], size: number): Promise<void> {
  while (journal.syncedPosition < size) await wait(SYNC_POLL_MS);
}

function nameOf({ atMs }: SignedCheckpoint): string {
  return `the checkpoint of ${new Date(atMs).toISOString()}`;
}

function inDoubt(why: string): JournalError {
  return new JournalError(
    'unusable',
    `the journal does not hold to its log: ${why}. "onecard journal verify" says more. Restore a backup (onecard journal ` +
      'restore), or put the journal aside and begin another (onecard serve --new-journal): see docs/journal.md',
  );
}
