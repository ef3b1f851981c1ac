/**
 * Opens the log of a journal before the gateway decides anything: holds the records against the newest checkpoint, and
 * hashes what came after it. Where they do not fit the start is refused, because an answer on top of a journal that
 * somebody changed would be signed with it.
 */
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { type CryptoProfile, otherProfile } from '../../../config/crypto-settings.ts';
import { CryptoError } from '../../../crypto/crypto-error.ts';
import type { HeldSigningKey } from '../../../crypto/signature/keys.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import { choosePrefixedDigests, type PrefixedDigests } from '../../../workers/prefixed-digests.ts';
import { JournalError } from '../journal-error.ts';
import type { JournalIdentity } from '../journal-identity.ts';
import type { LmdbJournal } from '../lmdb-journal.ts';
import { treeOfStored } from '../record/record.ts';
import { positionKey } from '../record/record-keys.ts';
import type { SignedCheckpoint } from './checkpoint.ts';
import { CheckpointFile, checkpointFile } from './checkpoint-file.ts';
import type { CheckpointKeys } from './checkpoint-key.ts';
import { isSignedBy } from './checkpoint-signature.ts';
import { type ClosedLog, checkOwner, closeTree, isTreeOf, vouchingFor } from './close-tree.ts';
import { ACCEPTED, grownTree } from './grown-tree.ts';
import { HashFiles, logFolder, treeFolder } from './hash-files.ts';
import { JournalLog, type JournalLogOptions } from './journal-log.ts';
import { inDoubt } from './log-in-doubt.ts';

export interface OpenLogOptions
  extends Pick<
    JournalLogOptions,
    'checkpointMs' | 'now' | 'onCheckpoint' | 'onFault' | 'onUnsigned' | 'onFailed'
  > {
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
    | 'beginEpoch'
  >;
  /** Whose algorithms what is added is hashed and signed with. */
  readonly profile: CryptoProfile;
  /** The fingerprint is that of the key that names are made with in a profile. */
  readonly identity: (profile: CryptoProfile) => JournalIdentity;
  readonly keys: CheckpointKeys;
  /** Goes on where records that a checkpoint covers are missing; later starts do not look for them any more. */
  readonly acceptDamage?: boolean;
  /**
   * Behind this position the memory of used presentations is rebuilt from the records, and says itself which are missing.
   */
  readonly replayAfter?: number;
  /** Disk that hashes of leaves may use. */
  readonly leavesBytes: number;
}

/** Kept in the data file once there is a checkpoint: a log that is missing afterwards was removed. */
const BEGUN = 'log';
const SYNC_POLL_MS = 10;
const ANOTHER =
  'put the journal aside and begin another (onecard serve --new-journal): see docs/key-holders.md';

/** Resolves when the log follows the journal. Rejects with JournalError `unusable` where the journal is not what was logged. */
export async function openJournalLog(options: OpenLogOptions): Promise<JournalLog> {
  const { journalFolder, journal } = options;
  const folder = logFolder(journalFolder);
  const isBegun = journal.note(BEGUN) !== null;
  if (isBegun && !existsSync(checkpointFile(folder))) {
    throw inDoubt(`its checkpoints are missing: ${checkpointFile(folder)} is not there`);
  }
  const checkpoints = await CheckpointFile.open(folder);
  try {
    if (isBegun && checkpoints.newest === null) throw inDoubt(`${checkpointFile(folder)} is empty`);
    const closed = await closedBefore(options, folder, checkpoints);
    const log = await logOf(options, folder, checkpoints, closed);
    // Also when there is nothing new: from now on records may come behind a checkpoint that says nothing does.
    await log.checkpoint().catch(async (error) => {
      // Where one of this tree vouches for what is there, the gates do not wait for another.
      if (isBegun && closed === null && isHeldElsewhere(error)) return;
      await log.abandon();
      throw error;
    });
    if (!isBegun) await journal.saveNote(BEGUN, Buffer.of(1));
    if (options.acceptDamage) await journal.saveNote(ACCEPTED, positionKey(log.size));
    journal.followed.follow(log);
    return log;
  } catch (error) {
    await checkpoints.close();
    throw error;
  }
}

/** Where the newest checkpoint is of another profile: closes its tree, with all records there are, and begins an epoch. */
async function closedBefore(
  options: OpenLogOptions,
  folder: string,
  checkpoints: CheckpointFile,
): Promise<ClosedLog | null> {
  const { newest } = checkpoints;
  const { journal, profile, keys, now } = options;
  if (newest === null || isTreeOf(newest, profile)) return null;
  const key = await keyFor(options, newest);
  const next = (await keys.find(profile)) ?? (await keys.make(profile));
  const closed = await closeTree({
    ...{ options, folder, checkpoints, newest, key },
    next: next.publicKey,
  });
  // Its epoch is its own: what comes after is told apart by the name it is signed under, too.
  if (journal.lineage.current.epoch === closed.follows.epoch) {
    await journal.beginEpoch({ after: closed.follows.size, cause: 'profile', atMs: now() });
  }
  return closed;
}

async function logOf(
  options: OpenLogOptions,
  folder: string,
  checkpoints: CheckpointFile,
  closed: ClosedLog | null,
): Promise<JournalLog> {
  const { journal, profile, identity, keys, leavesBytes } = options;
  const newest = closed === null ? checkpoints.newest : null;
  const key = await keyFor(options, newest);
  if (newest) checkOwner(newest, options);
  const digests = choosePrefixedDigests(algorithmFor('journal-tree', profile));
  const begins = newest?.begins ?? (closed ? closed.follows.size + 1 : beginning(journal, digests));
  const follows = newest?.follows ?? closed?.follows ?? null;
  const former = follows && (await keys.find(otherProfile(profile)));
  const kind = { begins, follows, tree: digests.algorithm };
  const place = treeFolder(folder, kind);
  const tree = grownTree(options, { folder: place, begins, newest, digests });
  await onDisk(journal, tree.size);
  const { checkpointMs, now, onCheckpoint, onFault, onUnsigned, onFailed } = options;
  return new JournalLog({
    ...{ tree, checkpoints, key, kind, checkpointMs, now, onCheckpoint, onFault, onUnsigned, onFailed },
    formerKeys: former ? [former.publicKey] : [],
    vouching: vouchingFor(key.publicKey, checkpoints.all),
    identity: () => identity(profile),
    files: new HashFiles(place, leavesBytes),
    syncedPosition: () => journal.syncedPosition,
    lastPosition: () => journal.nextPosition - 1,
  });
}

/** Of a log that was not kept before: the oldest record, unless there are some of a version that this tree has none of. */
function beginning(journal: OpenLogOptions['journal'], { algorithm }: PrefixedDigests): number {
  const [newest] = journal.stored(journal.nextPosition - 1);
  const isOwn = newest === undefined || treeOfStored(newest.bytes) === algorithm;
  return isOwn ? Math.max(1, journal.firstPosition) : journal.nextPosition;
}

/**
 * The key of a checkpoint's tree, or of the first that is made; made where no checkpoint has been signed yet, or none in this
 * epoch: a backup restored on another machine.
 */
async function keyFor(
  { keys, profile, journal }: OpenLogOptions,
  newest: SignedCheckpoint | null,
): Promise<HeldSigningKey> {
  const of = newest === null || isTreeOf(newest, profile) ? profile : otherProfile(profile);
  const key = await keys.find(of);
  const place = keys.placeOf(of);
  if (newest === null || newest.epoch !== journal.lineage.current.epoch) {
    if (key !== null) return key;
    if (of === profile) return await keys.make(of);
  }
  if (key === null && keys.wasHeldElsewhere(of)) throw keyIsElsewhere(of, profile);
  if (key === null) throw inDoubt(`the key of its checkpoints is missing: ${place} is not there`);
  if (newest !== null && !isSignedBy(newest, key.publicKey)) {
    throw inDoubt(`its newest checkpoint was not signed with the key in ${place}`);
  }
  return key;
}

/** Of what settings do not say how to reach. */
function keyIsElsewhere(of: CryptoProfile, profile: CryptoProfile): JournalError {
  const held = `the journal's checkpoints were signed with a key that a token or cipher machine holds`;
  if (of === profile)
    return new JournalError(
      'unusable',
      `${held}: name it in crypto.keys.checkpoint as before, or ${ANOTHER}`,
    );
  return new JournalError(
    'unusable',
    `${held}. Only that key can close their tree, and settings name the key of one profile, so this journal does not change its ` +
      `profile: set crypto.profile back to ${of}, with crypto.keys.checkpoint as before, or ${ANOTHER}`,
  );
}

/** Where records are seen before they are on disk, what an earlier process left is being synced. */
async function onDisk(journal: OpenLogOptions['journal'], size: number): Promise<void> {
  while (journal.syncedPosition < size) await wait(SYNC_POLL_MS);
}

function isHeldElsewhere(error: unknown): boolean {
  return error instanceof CryptoError && error.code === 'held_elsewhere';
}
