/** The operator's key: what is refused, and with which remedy; wrapping by the standard's own figures. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  KeyEncryptionKey,
  readKeyEncryptionKey,
} from '../../../../hotel/register/sealing/key-encryption-key.ts';

import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'onecard-kek-'));
afterAll(() => rmSync(folder, { recursive: true }));

function kept(text: string, mode = 0o600): string {
  const file = join(folder, 'key');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

test('wraps as RFC 3394 4.6 says', async () => {
  const key = Buffer.from('000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F', 'hex');
  const data = Buffer.from('00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F', 'hex');
  const kek = new KeyEncryptionKey(key, 'harbour', 'international');
  const wrapped = '28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21';
  expect((await kek.wrap(data)).toString('hex').toUpperCase()).toBe(wrapped);
  expect(await kek.unwrap(Buffer.from(wrapped, 'hex'), 'international')).toEqual(data);
  const changed = Buffer.from(wrapped.replace('28', '29'), 'hex');
  await expect(kek.unwrap(changed, 'international')).rejects.toMatchObject({ code: 'unreadable' });
});

test('what it wraps with SM4 it unwraps as that alone, also where it wraps with AES now', async () => {
  const [sm, international] = (['sm', 'international'] as const).map(
    (profile) => new KeyEncryptionKey(Buffer.alloc(32, 1), 'harbour', profile),
  ) as [KeyEncryptionKey, KeyEncryptionKey];
  const wrapped = await sm.wrap(Buffer.alloc(32, 7));
  expect(wrapped).toHaveLength(40);
  expect(await international.unwrap(wrapped, 'sm')).toEqual(Buffer.alloc(32, 7));
  await expect(international.unwrap(wrapped, 'international')).rejects.toMatchObject({ code: 'unreadable' });
  await expect(sm.unwrap(wrapped.subarray(0, 32), 'sm')).rejects.toMatchObject({ code: 'unreadable' });
});

test('its check value is of key and hotel', () => {
  const checks = [
    new KeyEncryptionKey(Buffer.alloc(32, 1), 'harbour', TEST_PROFILE),
    new KeyEncryptionKey(Buffer.alloc(32, 2), 'harbour', TEST_PROFILE),
    new KeyEncryptionKey(Buffer.alloc(32, 1), 'station', TEST_PROFILE),
  ].map(({ check }) => check);
  expect(new Set(checks).size).toBe(3);
});

test.each([
  ['none', () => join(folder, 'none'), /cannot be read.*desk key new/],
  ['one that is too short', () => kept('5a'.repeat(31)), /32 bytes in hex.*desk key new/],
  ['one that is not hex', () => kept('zz'.repeat(32)), /32 bytes in hex/],
  ['one that others may read', () => kept('5a'.repeat(32), 0o640), /chmod 600/],
  ['one that others may write', () => kept('5a'.repeat(32), 0o602), /chmod 600/],
])('refuses %s', (_, file, why) => {
  expect(() => readKeyEncryptionKey(file(), 'harbour', TEST_PROFILE)).toThrow(
    expect.objectContaining({ code: 'unusable', message: expect.stringMatching(why) }),
  );
});

test('takes 32 bytes in hex, with the end of line that an editor leaves', () => {
  const file = kept(`${'5a'.repeat(32)}\n`);
  expect(readKeyEncryptionKey(file, 'harbour', 'international').check).toMatch(/^[0-9a-f]{32}$/);
  expect(readKeyEncryptionKey(file, 'harbour', 'sm').check).toMatch(/^HMAC-SM3:[0-9a-f]{32}$/);
});
