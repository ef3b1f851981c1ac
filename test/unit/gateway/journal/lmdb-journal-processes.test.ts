/** What the journal promises when processes die, disks fill and locks are held. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { JournalError } from '../../../../gateway/journal/journal-error.ts';
import { openJournal } from '../../../../gateway/journal/lmdb-journal.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { sampleRecord, sampleRecords } from './sample-records.rig.ts';
import { temporaryFolder } from './temporary-folder.rig.ts';

const APPENDING = join(import.meta.dirname, 'appending-process.rig.ts');
const LOCK_HOLDING = join(import.meta.dirname, 'lock-holding-process.rig.ts');

function start(
  command: string,
  args: readonly string[],
): { process: ChildProcess; lines: AsyncIterable<string> } {
  const process_ = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void process_.kill('SIGKILL'));
  return { process: process_, lines: createInterface({ input: process_.stdout }) };
}

const ended = (child: ChildProcess) => new Promise((resolve) => child.once('close', resolve));

describe.each(['sync', 'commit'] as const)('with durability %s', (durability) => {
  test('everything acknowledged before kill -9 is there, in order, without gaps, and positions go on', async () => {
    const dir = temporaryFolder();
    let acknowledged = 0;
    for (let round = 0; round < 3; round += 1) {
      const child = start(process.execPath, [APPENDING, dir, durability, '7', '20']);
      const closed = ended(child.process);
      let batches = 0;
      for await (const line of child.lines) {
        const [word, , last] = line.split(' ');
        expect(word).toBe('kept');
        acknowledged = Math.max(acknowledged, Number(last));
        batches += 1;
        if (batches === 100 + round * 37) child.process.kill('SIGKILL');
      }
      await closed;
      const journal = openJournal({ profile: TEST_PROFILE, dir, durability, maxBytes: 1 << 30 });
      expect(journal.nextPosition).toBeGreaterThan(acknowledged);
      const kept = journal.after(0, 1_000_000);
      expect(kept.map((record) => record.position)).toEqual(kept.map((_, i) => i + 1));
      expect(kept).toEqual(sampleRecords(1, kept.length));
      // A batch is kept whole or not at all.
      expect(kept.length % 7).toBe(0);
      await journal.close();
    }
    expect(acknowledged).toBeGreaterThan(3 * 7 * 100);
  });
});

test('none: what is waiting is found before it is written', async () => {
  const journal = openJournal({
    profile: TEST_PROFILE,
    dir: temporaryFolder(),
    durability: 'none',
    maxBytes: 1 << 30,
  });
  onTestFinished(() => journal.close());
  const records = sampleRecords(1, 10);
  const appended = journal.append(records);
  const { tap } = sampleRecord(10);
  expect(journal.find(tap)).toEqual(records.at(-1));
  expect(journal.highestSeq(tap.deviceId, tap.stream)).toBe(10);
  expect(journal.pendingRecords).toBe(10);
  await appended;
  await expect.poll(() => journal.pendingRecords).toBe(0);
  expect(journal.find(tap)).toEqual(records.at(-1));
});

const prlimit = spawnSync('prlimit', ['--version']).status === 0;

test.skipIf(!prlimit)(
  'a refused write refuses the append; once writing works again, so does appending',
  async () => {
    const dir = temporaryFolder();
    const shell = `trap '' XFSZ; ulimit -S -f 2048; exec "$0" "$@"`;
    const child = start('sh', ['-c', shell, process.execPath, APPENDING, dir, 'sync', '50', '3', '400']);
    const lines: string[] = [];
    let lifted = false;
    for await (const line of child.lines) {
      lines.push(line);
      if (lifted || lines.filter((each) => each.startsWith('refused')).length < 3) continue;
      lifted = true;
      spawnSync('prlimit', ['--pid', String(child.process.pid), '--fsize=unlimited']);
    }
    const refusals = lines.filter((line) => line.startsWith('refused'));
    expect(refusals.length).toBeGreaterThanOrEqual(3);
    expect(new Set(refusals)).toEqual(new Set(['refused io']));
    expect(lines.at(-1)).toMatch(/^kept/);
    const keptRecords = lines.filter((line) => line.startsWith('kept')).length * 50;

    const journal = openJournal({ profile: TEST_PROFILE, dir, durability: 'sync', maxBytes: 1 << 30 });
    onTestFinished(() => journal.close());
    expect(journal.after(0, 1_000_000)).toEqual(sampleRecords(1, keptRecords));
  },
);

test('a commit that does not end fails the journal, once, and refuses everything after', async () => {
  const dir = temporaryFolder();
  const failures: JournalError[] = [];
  const journal = openJournal({
    profile: TEST_PROFILE,
    dir,
    durability: 'sync',
    maxBytes: 1 << 30,
    stallMs: 300,
    onFailed: (error) => failures.push(error),
  });
  await journal.append([sampleRecord(1)]);
  const child = start(process.execPath, [LOCK_HOLDING, dir, '2000']);
  const closed = ended(child.process);
  for await (const line of child.lines) {
    if (line === 'holding') break;
  }
  const results = await Promise.allSettled([
    journal.append([sampleRecord(2)]),
    journal.append([sampleRecord(3)]),
    journal.append([sampleRecord(4)]),
  ]);
  expect(results.map((r) => r.status === 'rejected' && r.reason.code)).toEqual([
    'failed',
    'failed',
    'failed',
  ]);
  expect(journal.nextPosition).toBe(2);
  await expect(journal.append([sampleRecord(2)])).rejects.toMatchObject({ code: 'failed' });
  await expect(journal.saveCursor('uploaded', 1)).rejects.toMatchObject({ code: 'failed' });
  expect(failures.map((error) => error.code)).toEqual(['failed']);
  expect(journal.find(sampleRecord(1).tap)).toEqual(sampleRecord(1));
  await journal.close();
  await closed;
});
