/** Accounts: what a password must be, how long a one-time one is good, and what refusing costs. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOptions } from '@node-rs/argon2';
import { expect, onTestFinished, test } from 'vitest';
import { Accounts } from '../../../../hotel/people/accounts.ts';
import { type Argon2Cost, Argon2Queue, PASSWORD_COST } from '../../../../hotel/people/argon2.ts';
import { drawOneTimePassword, passwordFault } from '../../../../hotel/people/password-rules.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';

const CHEAP: Argon2Cost = { memoryKib: 64, passes: 1, lanes: 1 };
const MAC_KEY = Buffer.alloc(32, 3);
const optionsOf = (hashed: string) => parseOptions(hashed.replace('$hmac-sm3-', '$'));
const DAY_MS = 86_400_000;

function worldOf(cost = CHEAP) {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-accounts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const clock = { nowMs: 1_000 };
  const tried: string[] = [];
  const argon2 = new Argon2Queue();
  const verify = argon2.verify.bind(argon2);
  argon2.verify = (hashed, text, secrets) => {
    tried.push(hashed);
    return verify(hashed, text, secrets);
  };
  const open = (at: Argon2Cost = cost, profile = TEST_PROFILE) =>
    new Accounts({ folder, argon2, profile, macKey: MAC_KEY, cost: at, now: () => clock.nowMs });
  return { folder, clock, tried, open };
}

test('operators’ passwords are hashed with Argon2id, 64 MiB, three passes', async () => {
  const { open } = worldOf();
  const { made } = await open(PASSWORD_COST).make('anna', 'clerk', 'manager');
  const { algorithm, memoryCost, timeCost, parallelism } = optionsOf(made.passwordHash);
  expect([algorithm, memoryCost, timeCost, parallelism]).toEqual([2, 65_536, 3, 1]);
});

test('to refuse an account that there is not, one that is disabled, and a wrong password costs one hash each, alike', async () => {
  const { open, tried } = worldOf();
  const accounts = open();
  const { made, password } = await accounts.make('anna', 'clerk', 'manager');
  expect(await accounts.opens(null, password)).toBe(false);
  expect(await accounts.opens({ ...made, disabled: true }, password)).toBe(false);
  expect(await accounts.opens(made, 'wrong')).toBe(false);
  const costs = tried.map((hashed) => {
    const { memoryCost, timeCost, parallelism, outputLen } = optionsOf(hashed);
    return [memoryCost, timeCost, parallelism, outputLen];
  });
  expect(costs).toEqual([0, 1, 2].map(() => [64, 1, 1, 32]));
});

test('a password is hashed anew at signing in when it was with other parameters', async () => {
  const { open } = worldOf();
  const { password } = await open().make('anna', 'clerk', 'manager');
  const accounts = open({ ...CHEAP, passes: 2 });
  expect(await accounts.opens(accounts.get('anna'), password)).toBe(true);
  expect(optionsOf(accounts.get('anna')?.passwordHash ?? '').timeCost).toBe(2);
  expect(await accounts.opens(accounts.get('anna'), password)).toBe(true);
});

test('a password is hashed by the profile’s algorithms, and anew at signing in after a change', async () => {
  const { open } = worldOf();
  const { password } = await open(CHEAP, 'international').make('anna', 'clerk', 'manager');
  for (const [profile, form] of [
    ['sm', /^\$hmac-sm3-argon2id\$v=19\$m=64,t=1,p=1\$/],
    ['international', /^\$argon2id\$v=19\$/],
  ] as const) {
    const accounts = open(CHEAP, profile);
    expect(await accounts.opens(accounts.get('anna'), `${password}x`)).toBe(false);
    expect(accounts.get('anna')?.passwordHash).not.toMatch(form);
    expect(await accounts.opens(accounts.get('anna'), password)).toBe(true);
    expect(accounts.get('anna')?.passwordHash).toMatch(form);
    expect(await accounts.opens(accounts.get('anna'), password)).toBe(true);
  }
});

test('a string with HMAC-SM3 is right under its key alone', async () => {
  const argon2 = new Argon2Queue();
  const hashed = await argon2.hash('a password', CHEAP, MAC_KEY);
  expect(await argon2.verify(hashed, 'a password', { macKey: MAC_KEY })).toBe(true);
  expect(await argon2.verify(hashed, 'a password', { macKey: Buffer.alloc(32, 4) })).toBe(false);
  expect(await argon2.verify(hashed, 'a password')).toBe(false);
  const renamed = hashed.replace('$hmac-sm3-', '$');
  expect(await argon2.verify(renamed, 'a password', { macKey: MAC_KEY })).toBe(false);
});

test('a one-time password is good for three days, the very first as long as nobody changed it', async () => {
  const { open, clock } = worldOf();
  const accounts = open();
  const first = await accounts.makeFirst();
  const { password } = await accounts.make('anna', 'clerk', 'manager');
  clock.nowMs += 3 * DAY_MS - 1;
  expect(await accounts.opens(accounts.get('anna'), password)).toBe(true);
  clock.nowMs += 1;
  expect(await accounts.opens(accounts.get('anna'), password)).toBe(false);
  expect(await accounts.opens(accounts.get('manager'), first)).toBe(true);
});

test('the file is for its owner alone, and one that is damaged is not started with', async () => {
  const { open, folder } = worldOf();
  await open().make('anna', 'clerk', 'manager');
  const file = join(folder, 'accounts.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const kept = readFileSync(file, 'utf8');
  for (const damaged of [kept.slice(0, 40), kept.replace('"clerk"', '"king"'), '{}', '']) {
    writeFileSync(file, damaged);
    expect(() => open()).toThrow(/accounts\.json is damaged/);
  }
});

test('who comes when too many wait is turned away, and the others are served', async () => {
  const argon2 = new Argon2Queue();
  const all = await Promise.allSettled(Array.from({ length: 40 }, () => argon2.hash('x', CHEAP, null)));
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(32);
  await expect(argon2.hash('x', CHEAP, null)).resolves.toMatch(/^\$argon2id\$/);
});

test.each([
  ['short', 'at least 15 characters'],
  ['a'.repeat(20), 'too few different characters'],
  ['abababababababab', 'too few different characters'],
  ['abcdefghijklmnopq', 'characters that only follow each other'],
  ['annaharbouranna1', 'little more than names that everybody knows here'],
  ['x'.repeat(40) + 'abcdefgh'.repeat(40), 'at most 256 characters'],
])('%s is no password', (password, fault) => {
  expect(passwordFault(password, ['anna', 'harbour'])).toBe(fault);
});

test('long ones are, of whatever characters', () => {
  for (const password of [
    'a boat on the water',
    '海边旅馆的夜班前台值班人员密码一二',
    drawOneTimePassword(),
  ]) {
    expect(passwordFault(password, ['anna', 'harbour'])).toBeNull();
  }
});
