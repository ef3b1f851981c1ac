import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readClusterKeys } from '../../../../gateway/cluster/cluster-keys.ts';

const file = join(mkdtempSync(join(tmpdir(), 'onecard-keys-')), 'keys');
const [one, other] = ['0f'.repeat(32), 'a1'.repeat(32)];
const read = (text: string) => {
  writeFileSync(file, text);
  return readClusterKeys(file);
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
