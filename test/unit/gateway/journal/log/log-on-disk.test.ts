/** A log beside a journal, over trims, restarts and late beginnings; its roots are those the platform computes. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { algorithmFor } from '../../../../../crypto/uses.ts';
import { openJournalReader } from '../../../../../gateway/journal/journal-reader.ts';
import { readCheckpoints } from '../../../../../gateway/journal/log/checkpoint-file.ts';
import { logFolder, readTiles } from '../../../../../gateway/journal/log/hash-files.ts';
import { LogHashes } from '../../../../../gateway/journal/log/log-hashes.ts';
import { proveConsistency, proveInclusion } from '../../../../../gateway/journal/log/prove-log.ts';
import { KEPT_HERE, verifyLog } from '../../../../../gateway/journal/log/verify-log.ts';
import { positionKey } from '../../../../../gateway/journal/record/record-keys.ts';
import { openEnvironment, openTable } from '../../../../../gateway/storage/lmdb-environment.ts';
import { Leaves } from '../../../../../platform/journal/leaves.ts';
import { TEST_PROFILE } from '../../../../crypto-profile.rig.ts';
import { sampleRecords } from '../sample-records.rig.ts';
import { temporaryFolder } from '../temporary-folder.rig.ts';
import { closed, journalIn, opened, storedIn } from './opened-log.rig.ts';

const TREE = algorithmFor('journal-tree', TEST_PROFILE);

/** The platform's tree, of what it was sent. */
function platformRoot(sent: readonly Uint8Array[], first: number, begins: number): string | null {
  const leaves = new Leaves();
  leaves.keep(first, sent);
  const found = leaves.rootAt(first + sent.length - 1, begins, TREE);
  return 'root' in found ? Buffer.from(found.root).toString('hex') : null;
}

test('700 records, trimmed to 101: every position is proven, and the root is the one the platform computes', async () => {
  const dir = temporaryFolder();
  let { journal, log } = await opened(dir);
  await journal.append(sampleRecords(1, 650));
  await log.checkpoint();
  const older = log.newest;
  await journal.append(sampleRecords(651, 50));
  const sent = storedIn(journal);
  await journal.trim(600);
  await closed({ journal, log });
  ({ journal, log } = await opened(dir));
  const { newest } = log;
  expect(newest).toMatchObject({ size: 700, begins: 1, isStop: false });
  expect(Buffer.from(newest?.root ?? []).toString('hex')).toBe(platformRoot(sent, 1, 1));
  expect(readTiles(logFolder(dir))).toHaveLength(2 * 32);
  const reader = openJournalReader(dir);
  const storedAt = (position: number) => reader.records.get(positionKey(position)) ?? null;
  const hashes = new LogHashes(logFolder(dir), 1, TREE);
  if (!newest || !older) throw new Error('there are checkpoints');
  for (const position of [1, 255, 256, 257, 512, 600, 601, 700]) {
    const proof = proveInclusion(hashes, storedAt, position, newest);
    expect(proof.record === null).toBe(position <= 600);
  }
  proveConsistency(hashes, storedAt, older, newest);
  expect(() => proveInclusion(hashes, storedAt, 701, newest)).toThrow(/covers the positions 1 to 700/);
  const kept = readCheckpoints(join(logFolder(dir), 'checkpoints'));
  const checkpoints = kept.map((checkpoint) => ({ checkpoint, from: KEPT_HERE }));
  const report = verifyLog({ reader, folder: logFolder(dir), checkpoints });
  expect(report).toMatchObject({ held: kept.length, covered: 700, faultCount: 0 });
  await closed({ journal, log });
});

test('single hashes are no longer kept: proofs and verify say what is missing', async () => {
  const dir = temporaryFolder();
  const first = await opened(dir);
  await first.journal.append(sampleRecords(1, 600));
  await first.journal.trim(520);
  await closed(first);
  const { newest } = first.log;
  rmSync(join(logFolder(dir), 'leaves-00000000'));
  const reader = openJournalReader(dir);
  const hashes = new LogHashes(logFolder(dir), 1, TREE);
  if (!newest) throw new Error('there is a checkpoint');
  expect(() => proveInclusion(hashes, () => null, 5, newest)).toThrow(/position 5 is no longer kept/);
  const checkpoints = [{ checkpoint: newest, from: KEPT_HERE }];
  const report = verifyLog({ reader, folder: logFolder(dir), checkpoints });
  // Positions 513 to 520 are in a tile that is not whole: neither record nor hash is there.
  expect(report.faults).toEqual([
    expect.stringMatching(/^position 513: neither the record nor its hash is there/),
  ]);
  await reader.close();
});

test('a journal of an earlier version, trimmed: the log begins at its oldest record, for the platform too', async () => {
  const dir = temporaryFolder();
  const journal = journalIn(dir);
  await journal.append(sampleRecords(1, 400));
  await journal.trim(300);
  const sent = storedIn(journal);
  const first = await opened(dir, { journal });
  expect(first.log.newest).toMatchObject({ size: 400, begins: 301 });
  expect(Buffer.from(first.log.newest?.root ?? []).toString('hex')).toBe(platformRoot(sent, 301, 301));
  await journal.append(sampleRecords(401, 200));
  await closed(first);
  const again = await opened(dir);
  expect(again.log.newest).toMatchObject({ size: 600, begins: 301 });
  await closed(again);
});

test('a new epoch has the same leaves and another name', async () => {
  const dir = temporaryFolder();
  const first = await opened(dir);
  await first.journal.append(sampleRecords(1, 20));
  await first.log.checkpoint();
  const before = first.log.newest;
  const { epoch } = await first.journal.beginEpoch({ after: 10, cause: 'conflict', atMs: 1 });
  await first.log.checkpoint();
  expect(first.log.newest).toMatchObject({ size: 20, epoch, root: before?.root });
  await closed(first);
  const again = await opened(dir);
  expect(again.log.newest).toMatchObject({ size: 20, epoch });
  await closed(again);
});

test('a record that was taken out is missed at the start, unless told otherwise, and then not again', async () => {
  const dir = temporaryFolder();
  const first = await opened(dir);
  await first.journal.append(sampleRecords(1, 20));
  await closed(first);
  const environment = openEnvironment({
    folder: dir,
    syncBeforeVisible: true,
    mapBytes: 1 << 20,
    databases: 3,
  });
  await openTable(environment, 'records')?.remove(positionKey(5));
  await environment.close();
  const journal = journalIn(dir);
  await expect(opened(dir, { journal })).rejects.toThrow(/the record at position 5 is missing/);
  await closed(await opened(dir, { journal, acceptDamage: true }));
  await closed(await opened(dir));
});
