/** Damage deep in the data file killed whoever read it, without a word: verify says where. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openJournal } from '../../../../gateway/journal/lmdb-journal.ts';
import { encodeRecord } from '../../../../gateway/journal/record/record-codec.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { sampleRecord, sampleRecords } from './sample-records.rig.ts';
import { temporaryFolder } from './temporary-folder.rig.ts';

const RUN = join(import.meta.dirname, 'run-journal-command.rig.ts');
const DAMAGED = 300;
/** In a leaf of LMDB: value size (4 bytes), flags (2), key size (2), key (8), value. */
const BEFORE_VALUE_BYTES = 16;

test('verify walks in a process of its own, and says by what and near which position it was killed', async () => {
  const data = temporaryFolder();
  const dir = join(data, 'journal');
  const journal = openJournal({ profile: TEST_PROFILE, dir, durability: 'sync', maxBytes: 1 << 28 });
  await journal.append(sampleRecords(1, 600));
  await journal.close();
  const file = join(dir, 'data.mdb');
  const bytes = readFileSync(file);
  const record = sampleRecord(DAMAGED);
  const at = bytes.indexOf(encodeRecord(record, record.atMs));
  expect(at).toBeGreaterThan(0);
  // Its value would end far behind the end of the file.
  bytes.writeUInt32LE(0x2000_0000, at - BEFORE_VALUE_BYTES);
  writeFileSync(file, bytes);
  const run = spawnSync(process.execPath, [RUN, 'verify', '--data', data], { encoding: 'utf8' });
  expect(run, run.stderr).toMatchObject({ status: 2, signal: null });
  const told =
    /^onecard journal verify: .*data\.mdb kills its reader: SIG(BUS|SEGV) at position (\d+) or up to 64/m;
  const near = Number(told.exec(run.stderr)?.[2]);
  expect(near, run.stderr).toBeGreaterThan(DAMAGED - 65);
  expect(near).toBeLessThanOrEqual(DAMAGED);
  expect(run.stderr).toContain('onecard journal restore');
});
