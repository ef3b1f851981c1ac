/** A journal as it is after a busy hour: large, and confirmed by the platform; or after a week that it could not be reached. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { profileOfFingerprint } from '../../gateway/journal/journal-identity.ts';
import { CURSORS } from '../../gateway/journal/journal-tables.ts';
import { type LmdbJournal, openJournal } from '../../gateway/journal/lmdb-journal.ts';
import { checkpointFile, readCheckpoints } from '../../gateway/journal/log/checkpoint-file.ts';
import { CHECKPOINT_KEY_FILE, checkpointKeysInFiles } from '../../gateway/journal/log/checkpoint-key.ts';
import { logFolder } from '../../gateway/journal/log/hash-files.ts';
import type { JournalLog } from '../../gateway/journal/log/journal-log.ts';
import { openJournalLog } from '../../gateway/journal/log/open-log.ts';
import type { DecisionRecord } from '../../gateway/journal/record/record.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { GATEWAY_ID } from '../system/gateway-under-test.rig.ts';
import { sampleRecords } from '../unit/gateway/journal/sample-records.rig.ts';

const GIB = 2 ** 30;
const GROUP_RECORDS = 500;
const WEEK_DAYS = 7;
const DAY_MS = 86_400_000;

/** Appends to the journal of a folder until its data file has that many bytes. `atMs`: when all was decided. */
export async function filledJournal(dir: string, bytes: number, atMs = Date.now()): Promise<void> {
  const journal = openJournal({ profile: TEST_PROFILE, dir, durability: 'commit', maxBytes: GIB });
  const log = await logBeside(dir, journal);
  while (statSync(join(dir, 'data.mdb')).size < bytes) {
    const samples = sampleRecords(journal.nextPosition, GROUP_RECORDS, { atMs });
    await journal.append(samples.map((record) => ownedBy(journal.epoch, record)));
  }
  const last = journal.nextPosition - 1;
  for (const name of [CURSORS.confirmed, CURSORS.rejudged]) await journal.saveCursor(name, last);
  await log?.stop();
  await journal.close();
}

/** Appends records of the days before today, as many of each. None of them is confirmed by the platform. */
export async function weekOfRecords(dir: string, count: number): Promise<void> {
  const journal = openJournal({ profile: TEST_PROFILE, dir, durability: 'commit', maxBytes: GIB });
  const log = await logBeside(dir, journal);
  const first = journal.nextPosition;
  while (journal.nextPosition < first + count) {
    const daysAgo = WEEK_DAYS * (1 - (journal.nextPosition - first) / count);
    const atMs = Math.floor(Date.now() - daysAgo * DAY_MS);
    const samples = sampleRecords(journal.nextPosition, GROUP_RECORDS, { atMs });
    await journal.append(samples.map((record) => ownedBy(journal.epoch, record)));
  }
  await journal.saveCursor(CURSORS.rejudged, journal.nextPosition - 1);
  await log?.stop();
  await journal.close();
}

/** As a gateway does: records that are put behind the end of the log refuse the next start. Null: no log was begun. */
async function logBeside(dir: string, journal: LmdbJournal): Promise<JournalLog | null> {
  const newest = readCheckpoints(checkpointFile(logFolder(dir))).at(-1);
  if (!newest) return null;
  const { gatewayId, keyFingerprint } = newest;
  const throwOn = (error: Error) => {
    throw error;
  };
  return await openJournalLog({
    journal,
    journalFolder: dir,
    profile: profileOfFingerprint(keyFingerprint),
    keys: checkpointKeysInFiles(join(dir, '..', CHECKPOINT_KEY_FILE)),
    leavesBytes: GIB,
    checkpointMs: 1_000,
    identity: () => ({ gatewayId, epoch: journal.epoch, keyFingerprint }),
    now: Date.now,
    onCheckpoint: () => {},
    onFault: throwOn,
    onUnsigned: throwOn,
    onFailed: throwOn,
  });
}

function ownedBy(epoch: string, record: DecisionRecord): DecisionRecord {
  const decisionId = `${GATEWAY_ID}:${epoch}:${record.position}`;
  return { ...record, answer: { ...record.answer, decisionId } };
}
