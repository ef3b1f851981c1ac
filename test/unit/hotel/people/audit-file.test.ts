/** The audit log on disk: what is answered is there, and what was changed, taken out, put in or cut off is noticed. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ChainEnd } from '../../../../hotel/people/audit-chain.ts';
import { AuditFile } from '../../../../hotel/people/audit-file.ts';
import { checkAudit } from '../../../../hotel/people/audit-walk.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';

const KEY = Buffer.alloc(32, 7);
const OTHER_KEY = Buffer.alloc(32, 8);
const FIRST = '000000000001.jsonl';

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-audit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function opened(folder: string, mustExist = true) {
  const damages: string[] = [];
  const ends: ChainEnd[] = [];
  const log = await AuditFile.open({
    ...{ folder, key: KEY, profile: TEST_PROFILE, mustExist },
    now: () => 1_000,
    onEnd: (end) => void ends.push(end),
    onDamage: (what) => void damages.push(what),
  });
  const add = (action: string) =>
    log.append({ atMs: 5, actor: 'anna', action, subjects: ['guest-1'], reason: '旅客 asked\n"why"' });
  return { log, damages, ends, add };
}

/** A log of five entries, closed. */
async function logOfFive(): Promise<{ folder: string; file: string; end: ChainEnd }> {
  const folder = folderOf();
  const { log, add, ends } = await opened(folder, false);
  await Promise.all(['a', 'b', 'c', 'd'].map(add));
  await add('e');
  await log.close();
  const end = ends.at(-1);
  if (end === undefined) throw new Error('no end was told');
  return { folder, file: join(folder, FIRST), end };
}

const faultsOf = (folder: string, key: Buffer | null = KEY, known: ChainEnd | null = null) =>
  checkAudit(folder, key, known).findings.map(({ fault, seq }) => `${fault} ${seq}`);

test('what is answered is on disk, in order, and goes on after a start', async () => {
  const { folder, file, end } = await logOfFive();
  expect(faultsOf(folder)).toEqual([]);
  expect(faultsOf(folder, null)).toEqual([]);
  const { log, add, damages } = await opened(folder);
  await add('f');
  expect(log.read(0, 100).map(({ seq, action }) => `${seq} ${action}`)).toEqual([
    '1 a',
    '2 b',
    '3 c',
    '4 d',
    '5 e',
    '6 f',
  ]);
  expect(log.read(2, 2).map(({ seq }) => seq)).toEqual([3, 4]);
  await log.close();
  expect(damages).toEqual([]);
  expect(faultsOf(folder, KEY, end)).toEqual([]);
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(7);
});

type Lines = readonly string[];
const TAMPERED: readonly (readonly [
  what: string,
  change: (lines: Lines) => Lines,
  faults: readonly string[],
])[] = [
  [
    'an entry changed',
    (l) => l.map((line, at) => (at === 2 ? line.replace('guest-1', 'guest-2') : line)),
    ['forged 3', 'chain_broken 4'],
  ],
  ['an entry taken out', (l) => l.filter((_, at) => at !== 2), ['out_of_order 3']],
  [
    'two entries put in each other’s place',
    (l) => [0, 1, 3, 2, 4].map((at) => l[at] ?? ''),
    ['out_of_order 3', 'out_of_order 5', 'out_of_order 4'],
  ],
  ['an entry put in twice', (l) => [...l.slice(0, 3), ...l.slice(2)], ['out_of_order 4', 'out_of_order 4']],
  ['the end cut off', (l) => l.slice(0, 4), ['cut_end 5']],
  ['half a line cut off', (l) => [...l.slice(0, 4), l[4]?.slice(0, 40) ?? ''], ['unreadable 5', 'cut_end 6']],
  ['everything cut off', () => [], ['cut_end 1']],
];

test.each(TAMPERED)('%s is found by checking, and by the next start', async (_, change, faults) => {
  const { folder, file } = await logOfFive();
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const changed = change(lines);
  writeFileSync(file, changed.length === 0 ? '' : `${changed.join('\n')}\n`);
  const found = faultsOf(folder);
  for (const fault of faults.slice(0, 1)) expect(found).toContain(fault);
  expect(found.length).toBeGreaterThan(0);
  const { log, damages, add } = await opened(folder);
  expect(damages).toHaveLength(1);
  await add('after');
  await log.close();
  // It stays to be seen, and what follows is in order.
  expect(faultsOf(folder).filter((each) => each.startsWith('set_aside'))).toHaveLength(1);
  const again = await opened(folder);
  expect(again.damages).toEqual([]);
  await again.log.close();
});

test('a chain that somebody made without the key is told by its MACs', async () => {
  const { folder } = await logOfFive();
  const forged = folderOf();
  const log = await AuditFile.open({
    ...{ folder: forged, key: OTHER_KEY, profile: TEST_PROFILE, mustExist: false, now: () => 0 },
    ...{ onEnd: () => {}, onDamage: () => {} },
  });
  for (const action of ['a', 'b', 'c', 'd', 'e']) {
    await log.append({ atMs: 5, actor: 'anna', action, subjects: [], reason: null });
  }
  await log.close();
  writeFileSync(join(folder, FIRST), readFileSync(join(forged, FIRST)));
  // Without the key it is a chain like any other.
  expect(faultsOf(folder, null)).toEqual([]);
  expect(faultsOf(folder)).toContain('forged 1');
});

test('a whole folder put back from before is told by the end that was written down elsewhere', async () => {
  const { folder } = await logOfFive();
  const kept = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))] as const);
  const { log, add, ends } = await opened(folder);
  await add('f');
  await log.close();
  for (const [name, bytes] of kept) writeFileSync(join(folder, name), bytes);
  expect(faultsOf(folder)).toEqual([]);
  expect(faultsOf(folder, KEY, ends.at(-1) ?? null)).toEqual(['cut_end 6']);
});

test('a log that is gone is told', async () => {
  const { folder } = await logOfFive();
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  const { log, damages } = await opened(folder);
  expect(damages).toEqual(['the log is missing']);
  expect(log.read(0, 10).map(({ action }) => action)).toEqual(['audit.damaged']);
  await log.close();
});

test('what was half written when the power went, and never answered, is cut off and nobody is alarmed', async () => {
  const { folder, file } = await logOfFive();
  appendFileSync(file, '{"seq":6,"at_ms":5,"act');
  const { log, damages, add } = await opened(folder);
  expect(damages).toEqual([]);
  await add('f');
  await log.close();
  expect(faultsOf(folder)).toEqual([]);
  expect(checkAudit(folder, KEY).entries).toBe(6);
});

test('a head half written leaves the one before', async () => {
  const { folder } = await logOfFive();
  const head = join(folder, 'head');
  const bytes = readFileSync(head);
  // Two writes were made: the second is in the second place.
  bytes.fill(0, 256 + 40);
  writeFileSync(head, bytes);
  const { log, damages } = await opened(folder);
  expect(damages).toEqual([]);
  await log.close();
  expect(faultsOf(folder)).toEqual([]);
});
