/** The operator's key: what is refused, and with which remedy; wrapping by the standard's own figures. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  KeyEncryptionKey,
  readKeyEncryptionKey,
} from '../../../../hotel/register/sealing/key-encryption-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'onecard-kek-'));
afterAll(() => rmSync(folder, { recursive: true }));

function kept(text: string, mode = 0o600): string {
  const file = join(folder, 'key');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

test('wraps as RFC 3394 4.6 says', () => {
  const key = Buffer.from('000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F', 'hex');
  const data = Buffer.from('00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F', 'hex');
  const kek = new KeyEncryptionKey(key, 'harbour');
  const wrapped = '28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21';
  expect(kek.wrap(data).toString('hex').toUpperCase()).toBe(wrapped);
  expect(kek.unwrap(Buffer.from(wrapped, 'hex'))).toEqual(data);
  expect(() => kek.unwrap(Buffer.from(wrapped.replace('28', '29'), 'hex'))).toThrow(
    expect.objectContaining({ code: 'unreadable' }),
  );
});

test('its check value is of key and hotel', () => {
  const checks = [
    new KeyEncryptionKey(Buffer.alloc(32, 1), 'harbour'),
    new KeyEncryptionKey(Buffer.alloc(32, 2), 'harbour'),
    new KeyEncryptionKey(Buffer.alloc(32, 1), 'station'),
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
  expect(() => readKeyEncryptionKey(file(), 'harbour')).toThrow(
    expect.objectContaining({ code: 'unusable', message: expect.stringMatching(why) }),
  );
});

test('takes 32 bytes in hex, with the end of line that an editor leaves', () => {
  expect(readKeyEncryptionKey(kept(`${'5a'.repeat(32)}\n`), 'harbour').check).toMatch(/^[0-9a-f]{32}$/);
});
