import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openJournal } from '../../../../gateway/journal/lmdb-journal.ts';
import { checkLmdbFile, LmdbFileError } from '../../../../gateway/storage/lmdb-file.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { sampleRecords } from '../journal/sample-records.rig.ts';
import { temporaryFolder } from '../journal/temporary-folder.rig.ts';

async function journalFile(records: number, durability: 'sync' | 'commit' = 'sync'): Promise<string> {
  const dir = temporaryFolder();
  const journal = openJournal({
    profile: TEST_PROFILE,
    dir,
    durability,
    maxBytes: 1 << 28,
    indexEntries: 50,
  });
  for (let first = 1; first <= records; first += 50) await journal.append(sampleRecords(first, 50));
  await journal.close();
  return join(dir, 'data.mdb');
}

const fault = (file: string): string => {
  try {
    checkLmdbFile(file);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(LmdbFileError);
    return (error as Error).message.replace(file, 'it');
  }
};

test.each(['sync', 'commit'] as const)(
  'a file that LMDB wrote is sound, also while it is written (%s)',
  async (durability) => {
    const dir = temporaryFolder();
    const journal = openJournal({
      profile: TEST_PROFILE,
      dir,
      durability,
      maxBytes: 1 << 28,
      indexEntries: 50,
    });
    for (let first = 1; first <= 2_000; first += 50) {
      const kept = journal.append(sampleRecords(first, 50));
      for (let look = 0; look < 3; look += 1) expect(fault(join(dir, 'data.mdb'))).toBe('');
      await kept;
    }
    await journal.trim(1_500);
    await journal.append(sampleRecords(2_001, 50));
    await journal.close();
    expect(fault(join(dir, 'data.mdb'))).toBe('');
  },
);

test('a file longer than it need be is sound: room may be kept at its end', async () => {
  const file = await journalFile(200);
  writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.alloc(1 << 20)]));
  expect(fault(file)).toBe('');
});

test('a truncated file is told, with what it has and should have', async () => {
  const file = await journalFile(2_000);
  const { length } = readFileSync(file);
  const copy = `${file}.copy`;
  for (const [bytes, wanted] of [
    [0, /^it is empty$/],
    [100, /^it is cut off: it has 100 bytes, less than its first page$/],
    [4_096, /^it is cut off: it has 4096 bytes, less than its first two pages$/],
    [length - 4_096, /^it is cut off: it has \d+ of \d+ bytes, and page \d+ is behind its end$/],
    [length / 2, /^it is cut off: it has \d+ of \d+ bytes, and page \d+ is behind its end$/],
  ] as const) {
    copyFileSync(file, copy);
    truncateSync(copy, bytes);
    expect(fault(copy).replace(copy, 'it')).toMatch(wanted);
  }
});

test('damaged meta pages and roots are told', async () => {
  const file = await journalFile(500);
  const sound = readFileSync(file);
  const damaged = (edit: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(sound);
    edit(bytes);
    writeFileSync(file, bytes);
    return fault(file);
  };
  const newest = sound.readBigUInt64LE(152) >= sound.readBigUInt64LE(4_096 + 152) ? 0 : 4_096;
  const root = Number(sound.readBigUInt64LE(newest + 24 + 72 + 40));
  expect(damaged((bytes) => bytes.fill(0, 0, 4_096))).toMatch(/its first page is no meta page/);
  expect(damaged((bytes) => bytes.fill(0x5a, 4_096, 8_192))).toMatch(/its second page is no meta page/);
  expect(damaged((bytes) => bytes.writeUInt32LE(999, 28))).toMatch(/is of version 999 of LMDB/);
  expect(damaged((bytes) => bytes.writeUInt32LE(1_000, 48))).toMatch(/a page size of 1000 bytes/);
  expect(damaged((bytes) => bytes.writeBigUInt64LE(1n << 40n, newest + 24 + 72 + 40))).toMatch(
    /has the number/,
  );
  expect(damaged((bytes) => bytes.fill(0xff, root * 4_096, (root + 1) * 4_096))).toMatch(
    /page \d+ is not what its tree says it is/,
  );
  expect(damaged((bytes) => bytes.writeUInt16LE(9_998, root * 4_096 + 24))).toMatch(
    /entries outside of itself/,
  );
  expect(damaged(() => {})).toBe('');
});
