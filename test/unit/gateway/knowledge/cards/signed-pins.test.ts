/** PINs as the platform signs them: kept over restarts, let go when they are published no more, refused when they are of another shape. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  PINS_PATH,
  PinsFollower,
  type SignedPins,
} from '../../../../../gateway/knowledge/cards/signed-pins.ts';

const KEY = '9c'.repeat(32);
const HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g';
const GOOD = { v: 1, issuedAtMs: 5, staleUntilMs: 9, pins: [[KEY, HASH]] };

let folder: string;
let told: (SignedPins | null)[];
let faults: string[];
let isPast: boolean;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onecard-pins-'));
  [told, faults, isPast] = [[], [], true];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const follower = () =>
  new PinsFollower({
    folder: join(folder, 'kept'),
    digest: 'SHA-256',
    observe: () => isPast,
    onPins: (pins) => void told.push(pins),
    onFault: ({ message }) => void faults.push(message),
  });

function offered(document: unknown) {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  const file = join(folder, 'target');
  writeFileSync(file, text);
  const digest = createHash('sha256').update(text).digest('hex');
  return { targets: [{ path: PINS_PATH, digest }], download: async () => file };
}
const { signal } = new AbortController();

test('what is published is in force, over a restart too, until it is published no more', async () => {
  const { targets, download } = offered(GOOD);
  await follower().follow(targets, download, signal);
  const next = follower();
  next.restore();
  await next.follow(targets, () => Promise.reject(new Error('it is there already')), signal);
  expect(told).toEqual([GOOD, GOOD]);
  await next.follow([], download, signal);
  await next.follow([], download, signal);
  const last = follower();
  last.restore();
  expect([told.slice(2), faults]).toEqual([[null], []]);
});

test.each([
  ['no JSON', '{'],
  ['a name twice', JSON.stringify(GOOD).replace('{', '{"v":1,')],
  ['another version', { ...GOOD, v: 2 }],
  ['something more', { ...GOOD, more: 1 }],
  ['a PIN in the clear', { ...GOOD, pins: [[KEY, '204617']] }],
  ['argon2i', { ...GOOD, pins: [[KEY, HASH.replace('argon2id', 'argon2i')]] }],
  ['a hash that would take a gigabyte', { ...GOOD, pins: [[KEY, HASH.replace('19456', '1048576')]] }],
])('%s is refused, and what was in force stays', async (_, document) => {
  const good = offered(GOOD);
  const one = follower();
  await one.follow(good.targets, good.download, signal);
  const bad = offered(document);
  await one.follow(bad.targets, bad.download, signal);
  expect(told).toEqual([GOOD]);
  expect(faults).toEqual(['the PINs of the platform are not of the documented shape']);
});

test('what is signed later than it can be by now is refused', async () => {
  isPast = false;
  const { targets, download } = offered(GOOD);
  await follower().follow(targets, download, signal);
  expect([told, faults]).toEqual([[], ['PINs are signed later than it can be by now']]);
});
