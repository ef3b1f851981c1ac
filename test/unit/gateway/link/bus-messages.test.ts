import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { claimedHead, readDeltas, readMetadata } from '../../../../gateway/link/bus-messages.ts';
import { ReceivedFiles } from '../../../../gateway/link/received-files.ts';

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const jws = (claims: unknown) =>
  ['{"alg":"EdDSA"}', JSON.stringify(claims), 's']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

test('deltas are read in the documented shape alone', () => {
  const good = { v: 1, head: 'a.b.c', deltas: ['d.e.f'], trust: 7 };
  expect(readDeltas(bytes(good))).toEqual(good);
  const others = [
    { ...good, v: 2 },
    { ...good, more: 1 },
    { ...good, deltas: [1] },
    { ...good, trust: -1 },
    { ...good, head: null },
    JSON.stringify(good).slice(0, -3),
    '{"v":1,"head":"a","head":"b","deltas":[],"trust":7}',
    '',
    '\0',
  ];
  for (const other of others) expect(readDeltas(bytes(other)), JSON.stringify(other)).toBeNull();
});

test('metadata is read by the names of a repository alone, and says which version it claims', () => {
  const timestamp = JSON.stringify({ signatures: [], signed: { version: 42, meta: {} } });
  const good = {
    v: 1,
    metadata: { 'timestamp.json': timestamp, '41.targets.json': '{}', '2.root.json': '{}' },
  };
  const read = readMetadata(bytes(good));
  expect(read?.version).toBe(42);
  expect([...(read?.set ?? [])].map(([name, content]) => [name, content.toString()])).toEqual(
    Object.entries(good.metadata),
  );
  const others = [
    { v: 1, metadata: { ...good.metadata, '../../trust.json': '{}' } },
    { v: 1, metadata: { ...good.metadata, '1.root.json.part': '{}' } },
    { v: 1, metadata: { '41.targets.json': '{}' } },
    { v: 1, metadata: { 'timestamp.json': '{"signed":{"version":"42"}}' } },
    { v: 1, metadata: [timestamp] },
  ];
  for (const other of others) expect(readMetadata(bytes(other)), JSON.stringify(other)).toBeNull();
});

test('what a head claims is read without being believed', () => {
  const claims = { generation: 'ab', revision: 3, issuedAtMs: 5 };
  expect(claimedHead(jws({ ...claims, more: 1 }))).toEqual({ ...claims, alg: 'EdDSA' });
  for (const other of ['', 'a.b.c', jws({ ...claims, revision: -1 }), jws([]), 'e30']) {
    expect(claimedHead(other), other).toBeNull();
  }
});

test('targets are kept under the hash that they have, within bounds', () => {
  const files = new ReceivedFiles(100);
  const content = (text: string) => Buffer.from(text.padEnd(40));
  const path = (of: Buffer, folder = '') =>
    `targets/${folder}${createHash('sha256').update(of).digest('hex')}.trust.json`;
  const [first, second, third] = [content('first'), content('second'), content('third')];
  expect(files.add(path(first), first)).toBeNull();
  expect(files.add(path(second, 'lists/named/'), second)).toBeNull();
  expect(files.get(path(first))).toEqual(first);
  expect(files.add(path(first), second)).toBe('target_mismatch');
  expect(files.add(path(first, '../'), first)).toBe('malformed');
  expect(files.add('targets/trust.json', first)).toBe('malformed');
  expect(files.add(path(Buffer.alloc(101)), Buffer.alloc(101))).toBe('oversized');
  expect(files.add(path(third), third)).toBeNull();
  expect(files.get(path(first))).toBeNull();
  expect(files.get(path(third))).toEqual(third);
});
