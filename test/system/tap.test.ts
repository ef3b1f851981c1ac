/** `onecard tap`: any scene of a running demonstration is tapped, and the answer explained. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { MAIN } from './gateway-under-test.rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'onecard-tap-'));
const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };
const demo = spawn(
  process.execPath,
  [MAIN, 'demo', '--cards', '400', '--rate', '1', '--port', '0', '--data', folder, '--profile', TEST_PROFILE],
  { env },
);

beforeAll(async () => {
  let output = '';
  demo.stdout.on('data', (chunk) => {
    output += chunk;
  });
  while (!output.includes('Ctrl-C')) await once(demo.stdout, 'data');
}, 60_000);

afterAll(async () => {
  const ended = once(demo, 'close');
  demo.kill('SIGINT');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

function tap(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'tap', '--data', folder, ...args], {
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

test.each<[string, string[], RegExp[]]>([
  [
    'an honest passenger',
    ['--scene', '29/entry'],
    [/^ALLOW {2}allow\.good$/m, /^ {2}card +good, by list/m, /^ {2}decided by +row \d+, otherwise: /m],
  ],
  ['a senior', ['--scene', '29/entry', '--as', 'senior'], [/^ALLOW {2}allow\.good$/m]],
  [
    'a suspended card',
    ['--scene', '29/entry', '--state', 'suspended'],
    [/^DENY {2}deny\.status_suspended$/m],
  ],
  [
    'the same twice',
    ['--scene', '29/entry', '--again'],
    [/^ALLOW {2}allow\.good$/m, /^DENY {2}deny\.replayed$/m],
  ],
  [
    'a forged code',
    ['--scene', '29/entry', '--family', 'transit-qr', '--fault', 'wrong-signer'],
    [/^DENY {2}/m, /^ {2}proof +not proven: /m],
  ],
  [
    'a phone document, with a challenge of the gateway',
    ['--scene', '11/guest', '--family', 'mdoc'],
    [/^ALLOW {2}/m, /^ {2}discloses +.*family_name/m],
  ],
  [
    'without the platform',
    ['--scene', '40/desk', '--offline'],
    [/^REFER {2}refer\.could_not_ask$/m, /^ {2}mode +lists, set by an operator$/m],
  ],
])('%s', (_who, args, said) => {
  const { status, stdout, stderr } = tap(...args);
  expect(status, stderr).toBe(0);
  for (const pattern of said) expect(stdout).toMatch(pattern);
});

test('--why: every row up to the one that decided', () => {
  const { stdout } = tap('--scene', '29/entry', '--state', 'lost', '--why');
  const rows = [...stdout.matchAll(/ row (\d+), /g)].map(([, row]) => Number(row));
  expect(rows).toEqual(Array.from(rows, (_, at) => at + 1));
  expect(stdout).toMatch(/^ {2}decided by +row \d+, suspended, lost, replaced, cancelled: lost$/m);
});

test('a card of a neighbouring region is told as such', () => {
  const { status, stdout } = tap('--scene', '29/entry', '--region', 'sc', '--family', 'transit-qr');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^transit-qr of card \d+ of sc at 29\/entry$/m);
  expect(stdout).toMatch(/^ {2}proof +proven \(.*\), region sc$/m);
});

test.each<[string, string[], RegExp]>([
  ['a scene that does not exist', ['--scene', '29/entri'], /no scene 29\/entri; did you mean 29\/entry\?/],
  [
    'a group that no card knows',
    ['--scene', '29/entry', '--as', 'seniors'],
    /no card belongs to seniors: there are/,
  ],
  ['a region without cards', ['--scene', '29/entry', '--region', 'bj'], /no cards of bj; /],
  [
    'a fault of another family',
    ['--scene', '11/desk', '--fault', 'wrong-signer'],
    /can be wrong with chip-oda/,
  ],
  [
    'no demonstration',
    ['--scene', '29/entry', '--data', tmpdir()],
    /no demonstration has run in .*npm start/,
  ],
])('%s: a line that helps, status 2', (_what, args, said) => {
  const { status, stderr } = tap(...args);
  expect(status).toBe(2);
  expect(stderr).toMatch(said);
});

test('what it needs to know of the demonstration is for its owner alone', () => {
  expect(statSync(join(folder, 'demo.json')).mode & 0o777).toBe(0o600);
});
