/** The command line beside a running gateway. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CURSORS } from '../../../../gateway/journal/journal-tables.ts';
import { openJournal } from '../../../../gateway/journal/lmdb-journal.ts';
import { encodeRecord } from '../../../../gateway/journal/record/record-codec.ts';
import { positionKey, tapKey } from '../../../../gateway/journal/record/record-keys.ts';
import { openEnvironment, openTable } from '../../../../gateway/storage/lmdb-environment.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { sampleRecord, sampleRecords } from './sample-records.rig.ts';
import { temporaryFolder } from './temporary-folder.rig.ts';

const RUN = join(import.meta.dirname, 'run-journal-command.rig.ts');

function onecard(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUN, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr, lines: stdout.split('\n').slice(0, -1) };
}

async function journalOf(records: number) {
  const data = temporaryFolder();
  const journal = openJournal({
    profile: TEST_PROFILE,
    dir: join(data, 'journal'),
    durability: 'sync',
    maxBytes: 1 << 28,
  });
  onTestFinished(() => journal.close());
  await journal.append(sampleRecords(1, records));
  return { data, journal };
}

test('shows the newest records, or those after a position, while the gateway goes on', async () => {
  const { data, journal } = await journalOf(30);
  const newest = onecard('show', '--data', data);
  expect(newest).toMatchObject({ status: 0, stderr: '' });
  expect(newest.lines).toHaveLength(20);
  expect(newest.lines.at(-1)).toBe(
    '30 2026-11-20T08:00:00.030Z allow allow.good gate-1 29/gate transit-qr cq good lists',
  );
  await journal.append([sampleRecord(31)]);
  const after = onecard('show', '--data', data, '--after', '28', '--json');
  const records = after.lines.map((line) => JSON.parse(line));
  expect(records.map((record) => record.position)).toEqual([29, 30, 31]);
  expect(records[2]).toMatchObject({
    tap: { deviceId: 'gate-1', seq: 31 },
    digest: Buffer.from(sampleRecord(31).digest).toString('hex'),
    status: { listKey: Buffer.from(sampleRecord(31).status.listKey ?? []).toString('hex') },
    answer: { code: 'allow.good' },
  });
  expect(onecard('show', '--data', data, '--limit', '2').lines.map((line) => line.split(' ')[0])).toEqual([
    '30',
    '31',
  ]);
});

test('shows what was out of the ordinary in how a decision came about', async () => {
  const { data, journal } = await journalOf(1);
  const usual = sampleRecord(2);
  await journal.append([
    {
      ...usual,
      mode: 'stale',
      modeForced: true,
      trustGrace: true,
      status: { ...usual.status, live: 'late' },
      answer: { ...usual.answer, mode: 'stale', trustGrace: true },
    },
  ]);
  const [first, second] = onecard('show', '--data', data).lines;
  expect(first).toMatch(/ cq good lists$/);
  expect(second).toMatch(/ cq good stale \(forced\) live:late trust-in-grace$/);
});

test('verifies a sound journal', async () => {
  const { data, journal } = await journalOf(1_500);
  await journal.saveCursor(CURSORS.confirmed, 1_000);
  expect(onecard('verify', '--data', data)).toMatchObject({
    status: 0,
    stdout:
      '1500 records, positions 1 to 1500; confirmed by the platform up to 1000; 0 faults\n' +
      'no checkpoint to hold the records against\n' +
      `epoch ${journal.epoch}\n`,
  });
  await journal.trim(500);
  expect(onecard('verify', '--data', data).stdout).toMatch(
    /^1000 records, positions 501 to 1500;.*0 faults\nno checkpoint to hold .*\nepoch [0-9a-f]{16}\n$/,
  );
});

test('verify finds what is damaged, missing, or not found by its tap', async () => {
  const data = temporaryFolder();
  const dir = join(data, 'journal');
  const journal = openJournal({
    profile: TEST_PROFILE,
    dir,
    durability: 'sync',
    maxBytes: 1 << 28,
    indexEntries: 4,
  });
  // One at a time: the fifth commit writes the index of the first four, the ninth that of the next four.
  for (const record of sampleRecords(1, 9)) await journal.append([record]);
  expect(journal.cursor('indexed')).toBe(8);
  await journal.close();
  const folder = join(data, 'journal');
  const environment = openEnvironment({ folder, syncBeforeVisible: true, mapBytes: 1 << 20, databases: 3 });
  const [records, taps] = [openTable(environment, 'records'), openTable(environment, 'taps')];
  await records?.put(positionKey(2), Buffer.from('no record'));
  await records?.remove(positionKey(4));
  await taps?.remove(tapKey(sampleRecord(6).tap));
  await taps?.put(tapKey(sampleRecord(7).tap), positionKey(8));
  await taps?.put(tapKey({ ...sampleRecord(1).tap, seq: 77 }), positionKey(0));
  await records?.put(positionKey(9), encodeRecord(sampleRecord(9, { atMs: 5 }), 5));
  await environment.close();
  const run = onecard('verify', '--data', data);
  expect(run.status).toBe(1);
  expect(run.lines).toEqual([
    expect.stringMatching(/^the record at position 2 is damaged: its layout is version 110/),
    'positions 4 to 4 are missing',
    'position 6: the index does not lead to it',
    'position 7: the index does not lead to it',
    'position 9: the latest time falls',
    'the index leads tap 77 of gate-1 to position 0, where no record is',
    '8 records, positions 1 to 9; confirmed by the platform up to 0; 6 faults',
    'no checkpoint to hold the records against',
    expect.stringMatching(/^epoch [0-9a-f]{16}$/),
  ]);
  const shown = onecard('show', '--data', data);
  expect(shown.status).toBe(2);
  expect(shown.stderr).toMatch(/^onecard journal show: the record at position 2 is damaged/);
});

test('trims what the platform has confirmed, beside the running gateway', async () => {
  const { data, journal } = await journalOf(100);
  await journal.saveCursor(CURSORS.confirmed, 60);
  const refused = onecard('trim', '--data', data, '--through', '61');
  expect(refused.status).toBe(2);
  expect(refused.stderr).toMatch(/has confirmed only up to 60/);
  expect(onecard('trim', '--data', data, '--through', '60').stdout).toBe('forgot 60 records\n');
  await journal.append([sampleRecord(101)]);
  expect(journal.after(0, 1_000)).toEqual(sampleRecords(61, 41));
  expect(onecard('trim', '--data', data, '--through', '500', '--even-if-not-uploaded').status).toBe(0);
  expect(onecard('verify', '--data', data).stdout).toMatch(/^1 records, positions 101 to 101;/);
});

test('says what is wrong with its options', () => {
  const data = temporaryFolder();
  const cases: [string[], RegExp][] = [
    [['show'], /either --config FILE or --data DIR/],
    [['show', '--data', data], /there is no journal in/],
    [['show', '--data', data, '--limit', 'x'], /a whole number/],
    [['show', '--data', data, '--after', '-1'], /a whole number/],
    [['verify', '--config', join(data, 'none.json')], /cannot read settings/],
    [['trim', '--data', data], /required option '--through/],
  ];
  for (const [args, message] of cases) {
    const run = onecard(...args);
    expect(run.status, args.join(' ')).toBe(2);
    expect(run.stderr).toMatch(message);
  }
  expect(onecard('--help').stdout).toContain('onecard journal verify --config gateway.json');
});
