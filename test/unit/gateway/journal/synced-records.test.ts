/** What the journal hands on is on disk, in order, whole and once. */
import { expect, test } from 'vitest';
import { openJournal } from '../../../../gateway/journal/lmdb-journal.ts';
import { encodeRecord } from '../../../../gateway/journal/record/record-codec.ts';
import { SyncedRecords } from '../../../../gateway/journal/synced-records.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { sampleRecord } from './sample-records.rig.ts';
import { temporaryFolder } from './temporary-folder.rig.ts';

test.each(['sync', 'commit', 'none'] as const)('durability %s', async (durability) => {
  const journal = openJournal({ profile: TEST_PROFILE, dir: temporaryFolder(), durability, maxBytes: 1e9 });
  const seen: { position: number; bytes: Buffer; synced: number }[] = [];
  journal.followed.follow({
    synced: (first, stored) => {
      for (const [i, bytes] of stored.entries())
        seen.push({ position: first + i, bytes, synced: journal.syncedPosition });
    },
    settled: async () => {},
  });
  const records = Array.from({ length: 90 }, (_, i) => sampleRecord(i + 1));
  await Promise.all([
    journal.append(records.slice(0, 40)),
    journal.append(records.slice(40, 41)),
    journal.append(records.slice(41)),
  ]);
  await journal.close();
  expect(seen.map(({ position }) => position)).toEqual(records.map(({ position }) => position));
  expect(seen.every(({ position, synced }) => position <= synced)).toBe(true);
  const peakMs = Math.max(...records.map(({ atMs }) => atMs));
  expect(seen.at(-1)?.bytes).toEqual(encodeRecord(records[89] as (typeof records)[0], peakMs));
});

test('whoever asked is told that more is on disk, also while nobody follows', () => {
  const synced = new SyncedRecords();
  let told = 0;
  synced.onSynced(() => {
    told += 1;
  });
  synced.synced(1);
  synced.kept(2, [], 2);
  expect(told).toBe(2);
});

test('what is seen and not yet on disk waits, whatever order it gets there in', () => {
  const synced = new SyncedRecords();
  const told: number[] = [];
  synced.follow({ synced: (first) => void told.push(first), settled: async () => {} });
  for (const position of [1, 2, 3]) {
    synced.kept(position, [{ records: [sampleRecord(position)], encoded: [Buffer.of(position)] }], 0);
  }
  expect(told).toEqual([]);
  synced.synced(2);
  expect(told).toEqual([1, 2]);
  synced.synced(3);
  synced.synced(3);
  expect(told).toEqual([1, 2, 3]);
});
