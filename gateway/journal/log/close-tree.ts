/**
 * Closes a log's tree where the profile of algorithms was changed: a last checkpoint covers every record there is, says that
 * nothing comes behind, and names the key that what follows is signed with. What follows names in each of its checkpoints how
 * this tree was closed.
 */
import type { CryptoProfile } from '../../../config/crypto-settings.ts';
import type { HeldSigningKey, VerifyingKey } from '../../../crypto/signature/keys.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import { choosePrefixedDigests } from '../../../workers/prefixed-digests.ts';
import { profileOfFingerprint } from '../journal-identity.ts';
import { type ClosedTree, type SignedCheckpoint, signCheckpoint } from './checkpoint.ts';
import type { CheckpointFile } from './checkpoint-file.ts';
import { grownTree } from './grown-tree.ts';
import { HashFiles, treeFolder } from './hash-files.ts';
import { inDoubt } from './log-in-doubt.ts';
import type { OpenLogOptions } from './open-log.ts';

export interface ClosedLog {
  readonly follows: ClosedTree;
}

export interface TreeToClose {
  readonly options: OpenLogOptions;
  /** Of the log. */
  readonly folder: string;
  readonly checkpoints: CheckpointFile;
  readonly newest: SignedCheckpoint;
  /** Its key. */
  readonly key: HeldSigningKey;
  /** The key of what follows. */
  readonly next: VerifyingKey;
}

/** Whether a checkpoint's tree is hashed as a profile's are. */
export function isTreeOf({ tree }: SignedCheckpoint, profile: CryptoProfile): boolean {
  return tree === algorithmFor('journal-tree', profile);
}

/** The last of these checkpoints that names the key as the one that goes on. */
export function vouchingFor(
  key: VerifyingKey,
  checkpoints: readonly SignedCheckpoint[],
): SignedCheckpoint | null {
  return checkpoints.findLast(({ goesOn }) => goesOn?.bytes.equals(key.bytes) === true) ?? null;
}

/** Closed once, it stays so. Rejects with JournalError `unusable` where the records do not hold to it, and as the key's holder. */
export async function closeTree(closing: TreeToClose): Promise<ClosedLog> {
  const { options, folder, checkpoints, newest, key, next } = closing;
  checkOwner(newest, options);
  const { begins, tree: algorithm, follows } = newest;
  const place = treeFolder(folder, newest);
  const digests = choosePrefixedDigests(algorithm);
  const tree = grownTree(options, { folder: place, begins, newest, digests });
  const { size } = tree;
  const root = tree.root();
  const isClosed = newest.size === size && newest.goesOn?.bytes.equals(next.bytes) === true;
  if (isClosed) return { follows: { epoch: newest.epoch, size, tree: algorithm, root } };
  const files = new HashFiles(place, options.leavesBytes);
  try {
    const { firstLeaf, leaves, firstTile, tiles } = tree.take();
    await files.writeLeaves(firstLeaf, leaves);
    await files.writeTiles(firstTile, tiles);
    await files.sync();
  } finally {
    await files.close();
  }
  const identity = options.identity(profileOfFingerprint(newest.keyFingerprint));
  const kind = { begins, follows, tree: algorithm };
  const last = { ...identity, ...kind, size, root, atMs: options.now(), goesOn: next, isStop: true };
  const signed = await signCheckpoint(last, key);
  await checkpoints.append(signed);
  return { follows: { epoch: signed.epoch, size, tree: algorithm, root } };
}

export function checkOwner(newest: SignedCheckpoint, { identity, journal }: OpenLogOptions): void {
  const { gatewayId, keyFingerprint } = identity(profileOfFingerprint(newest.keyFingerprint));
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
