/** `onecard config check` of a hotel's settings: what is wrong with them or the files they name is told without a start. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KEY, MATCH_KEY, PIN_SECRET } from '../composed/desk.rig.ts';
import { MAIN } from '../system/gateway-under-test.rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'onecard-check-hotel-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string, mode = 0o600) => {
  writeFileSync(join(folder, name), text, { mode });
  return name;
};
const onecard = (...args: readonly string[]) =>
  spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', cwd: folder });
const HOTEL = {
  hotel_id: 'harbour',
  key_file: file('key', KEY),
  match_key_file: file('match', MATCH_KEY),
  pin_secret_file: file('pin', PIN_SECRET),
};

function checked(over: object) {
  const settings = { gateway_id: 'g', trust_file: 'trust.json', hotel: { ...HOTEL, ...over } };
  file('gateway.json', JSON.stringify(settings));
  return onecard('config', 'check', '--config', 'gateway.json');
}

beforeAll(() => {
  const city = ['--seed', 'check', '--family', 'transit-qr', '--count', '1'];
  expect(onecard('issue', ...city, '--trust-out', 'trust.json').status).toBe(0);
});

test('a hotel that is well is said so', () => {
  const { stdout, stderr, status } = checked({});
  expect([stderr, status]).toEqual(['', 0]);
  expect(stdout).toContain('a desk of harbour that knows 11 kinds of document');
});

test.each([
  ['a key that is not there', { key_file: 'none' }, /hotel\.key_file: .*none cannot be read/],
  ['a key that others may read', { key_file: file('open', KEY, 0o644) }, /chmod 600/],
  [
    'a key for matching that is too short',
    { match_key_file: file('short', 'c3') },
    /must hold 32 bytes in hex/,
  ],
  ['a secret that others may read', { pin_secret_file: file('shared', PIN_SECRET, 0o640) }, /chmod 600/],
  ['rules with a fault', { rules_file: file('rules.yaml', 'documents: 7\n') }, /rules\.yaml:1:\d+: /],
])('%s: named, with status 2', (_, over, why) => {
  const { stderr, status } = checked(over);
  expect(stderr).toMatch(why);
  expect(status).toBe(2);
});
