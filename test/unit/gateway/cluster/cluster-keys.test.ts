import { hkdfSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readClusterKeys } from '../../../../gateway/cluster/cluster-keys.ts';
import { TEST_CRYPTO } from '../../../crypto-profile.rig.ts';

const file = join(mkdtempSync(join(tmpdir(), 'onecard-keys-')), 'keys');
const [one, other] = ['0f'.repeat(32), 'a1'.repeat(32)];
const read = (text: string, crypto = TEST_CRYPTO) => {
  writeFileSync(file, text);
  return readClusterKeys(file, crypto);
};

test('two gateways that have a key in common make the same of it, wherever it stands', () => {
  const [before] = read(`${one}\n`);
  const [, during] = read(`${other}\n${one}\n`);
  expect(during).toEqual(before);
  const uses = Object.values(before.of).map((key) => Buffer.from(key).toString('hex'));
  expect(new Set([...uses, one]).size).toBe(uses.length + 1);
});

test.each([
  ['nothing', ''],
  ['half a key', 'ab'.repeat(16)],
  ['capitals', 'AB'.repeat(32)],
  ['three keys', [one, other, 'b2'.repeat(32)].join('\n')],
  ['one key twice', `${one}\n${one}\n`],
])('%s is refused, and not shown', (_, text) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ name: 'ClusterError', code: 'unusable' }));
  try {
    read(text);
  } catch (error) {
    expect(String(error)).not.toMatch(/(ab){4}|(0f){4}/i);
  }
});

const INTERNATIONAL = { profile: 'international', changing_over: false } as const;
const SM = { profile: 'sm', changing_over: false } as const;

test('keys of HMAC-SHA-256 are what they were before there was another profile', () => {
  const [{ id, profile, of }] = read(`${one}\n`, INTERNATIONAL);
  const derived = (use: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', Buffer.from(one, 'hex'), '', `onecard.cluster.${use}.v1`, bytes));
  expect([id, profile]).toEqual([derived('id', 4).toString('hex'), 'international']);
  for (const [use, key] of Object.entries(of)) expect(Buffer.from(key)).toEqual(derived(use, 32));
});

test('each profile has keys of its own; one that changes over has both, its own first', () => {
  const [[international], [sm]] = [read(one, INTERNATIONAL), read(one, SM)];
  expect(sm.profile).toBe('sm');
  expect(sm.id).not.toBe(international.id);
  expect(Buffer.from(sm.of.token)).not.toEqual(Buffer.from(international.of.token));
  expect(read(one, { ...SM, changing_over: true })).toEqual([sm, international]);
  expect(read(one, { ...INTERNATIONAL, changing_over: true })).toEqual([international, sm]);
});

test('keys and algorithms are changed one after the other', () => {
  expect(() => read(`${one}\n${other}`, { ...SM, changing_over: true })).toThrow(/one after the other/);
});
