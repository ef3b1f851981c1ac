/**
 * Puts a backup in the place of a journal. What was there is kept aside; the journal goes on under a new epoch, since the
 * positions behind the backup's newest were given to other records meanwhile. To be called by who owns the data folder.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { openEnvironment } from '../storage/lmdb-environment.ts';
import { syncFolder } from '../storage/private-files.ts';
import { type BackupManifest, checkedBackup, unpackBackup } from './backup.ts';
import { beginEpoch } from './begin-epoch.ts';
import { commitEnd } from './commit-end.ts';
import { keepIdentity } from './identity-file.ts';
import { JournalError } from './journal-error.ts';
import { IDENTITY_NOTE, identityJson, type JournalIdentity } from './journal-identity.ts';
import { JournalReader, openJournalReader } from './journal-reader.ts';
import type { JournalPlace } from './journal-start.ts';
import { drawnLineage, JOURNAL_TABLE_COUNT } from './journal-tables.ts';
import { setJournalAside } from './set-aside.ts';

export interface Restored {
  readonly backup: BackupManifest;
  /** The new epoch. */
  readonly epoch: string;
  /** Where what was there is kept; null: there was nothing. */
  readonly aside: string | null;
}

export interface RestoreOptions {
  readonly place: JournalPlace;
  readonly from: string;
  /** Also over a journal that holds records which the backup lacks. */
  readonly overNewer: boolean;
  readonly nowMs: number;
}

const MAP_BYTES = 2 ** 30;
const STALL_MS = 60_000;

/**
 * Rejects with JournalError `unusable` when the backup is damaged, is another gateway's, or is older than what is there.
 * After a crash it is to be run again: until it is done, a gateway refuses to start or starts on what was there.
 */
export async function restoreJournal({ place, from, overNewer, nowMs }: RestoreOptions): Promise<Restored> {
  const backup = checkedBackup(from);
  const { folder, identityFile, gatewayId } = place;
  if (backup.gateway_id !== null && backup.gateway_id !== gatewayId)
    throw new JournalError(
      'unusable',
      `the backup in ${from} is of gateway ${backup.gateway_id}, and the settings name gateway ${gatewayId}`,
    );
  if (!overNewer) await refuseOverNewer(folder, backup);
  const fresh = `${folder}.restoring`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o700 });
  unpackBackup(from, backup, fresh);
  const identity = await newIdentity(fresh, backup, gatewayId, nowMs);
  const aside = await setJournalAside(folder, identityFile, nowMs);
  renameSync(fresh, folder);
  syncFolder(dirname(folder));
  keepIdentity(identityFile, { identity, begunAnewAtMs: null });
  return { backup, epoch: identity.epoch, aside: aside?.folder ?? null };
}

async function refuseOverNewer(folder: string, { last, epoch }: BackupManifest): Promise<void> {
  if (!existsSync(folder)) return;
  let reader: JournalReader;
  try {
    reader = openJournalReader(folder);
  } catch {
    // What cannot be opened is what a backup is for.
    return;
  }
  try {
    const further = reader.lastPosition > last;
    const otherEpoch = reader.epoch !== null && epoch !== null && reader.epoch !== epoch;
    if (!further && !otherEpoch) return;
    throw new JournalError(
      'unusable',
      `the journal in ${folder} is newer than the backup: it goes up to position ${reader.lastPosition} in epoch ` +
        `${reader.epoch}, the backup up to ${last} in ${epoch}. If it can be used, there is nothing to restore; else ` +
        '--over-newer-journal restores all the same, and keeps it aside',
    );
  } finally {
    await reader.close();
  }
}

/** Draws the new epoch, and notes whose journal this is, on disk before the folder gets its name. */
async function newIdentity(
  folder: string,
  { last, key_fingerprint }: BackupManifest,
  gatewayId: string,
  nowMs: number,
): Promise<JournalIdentity> {
  const environment = openEnvironment({
    folder,
    syncBeforeVisible: true,
    mapBytes: MAP_BYTES,
    databases: JOURNAL_TABLE_COUNT,
  });
  try {
    const reader = new JournalReader(environment);
    const before = drawnLineage(reader.cursors, nowMs);
    const { lineage, written } = beginEpoch(reader, before, { after: last, cause: 'restore', atMs: nowMs });
    await commitEnd(written, STALL_MS);
    const identity = { gatewayId, epoch: lineage.current.epoch, keyFingerprint: key_fingerprint };
    const note = Buffer.from(identityJson(identity), 'utf8');
    await commitEnd(reader.cursors.put(Buffer.from(IDENTITY_NOTE, 'utf8'), note), STALL_MS);
    return identity;
  } finally {
    await environment.close();
  }
}
