/** A disk that is really full: a file system of its own in memory, where the machine lets the test mount one. */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openJournal } from '../../../../gateway/journal/lmdb-journal.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { sampleRecords } from './sample-records.rig.ts';
import { temporaryFolder } from './temporary-folder.rig.ts';

function mounted(bytes: number): string | null {
  const folder = temporaryFolder();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  if (status !== 0) return null;
  onTestFinished(() => void spawnSync('umount', [folder]));
  return folder;
}

test('a full disk refuses, keeps what was kept, and takes records again when there is room', async (context) => {
  const disk = mounted(4 * 1024 * 1024);
  if (disk === null) return context.skip('no file system can be mounted here');
  const ballast = join(disk, 'ballast');
  writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024, 1));
  const dir = join(disk, 'journal');
  const journal = openJournal({ profile: TEST_PROFILE, dir, durability: 'sync', maxBytes: 1 << 30 });
  let refused: unknown = null;
  while (refused === null) {
    await journal.append(sampleRecords(journal.nextPosition, 50)).catch((error) => {
      refused = error;
    });
  }
  expect(refused).toMatchObject({ name: 'JournalError', code: 'io' });
  expect(journal.refusal).toBeNull();
  const kept = journal.nextPosition - 1;
  expect(kept).toBeGreaterThan(100);
  await expect(journal.append(sampleRecords(kept + 1, 50))).rejects.toMatchObject({ code: 'io' });
  rmSync(ballast);
  await journal.append(sampleRecords(kept + 1, 50));
  await journal.close();

  const again = openJournal({ profile: TEST_PROFILE, dir, durability: 'sync', maxBytes: 1 << 30 });
  expect(again.after(0, 1_000_000)).toEqual(sampleRecords(1, kept + 50));
  await again.close();
});
