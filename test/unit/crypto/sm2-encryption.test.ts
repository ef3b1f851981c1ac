/** SM2 encryption (GB/T 32918.4) held against the issuer's own decryption, which shares no code with it. */
import { expect, test } from 'vitest';
import { CryptoError } from '../../../crypto/crypto-error.ts';
import { SM2_ENCRYPTION_BYTES, sm2Encrypt } from '../../../crypto/sealing/sm2-encryption.ts';
import { sm2Key } from '../../../platform/sm2.ts';
import { sm2Decrypt } from '../../../platform/sm2-decryption.ts';

const keys = Array.from({ length: 12 }, (_, i) => sm2Key(Buffer.alloc(40, i + 1)));

test.each([1, 31, 32, 33, 100])('%i bytes come back whole', (length) => {
  const message = Buffer.from(Array.from({ length }, (_, i) => (i * 7) & 0xff));
  for (const key of keys) {
    const encrypted = sm2Encrypt(key.publicKey, message);
    expect(encrypted).toHaveLength(SM2_ENCRYPTION_BYTES + length);
    expect(Buffer.from(sm2Decrypt(key, encrypted))).toEqual(message);
  }
});

test('bytes that are no point of the curve are no key', () => {
  const changed = Buffer.from(keys[0]?.publicKey ?? []);
  changed[63] = (changed[63] as number) ^ 1;
  for (const bytes of [changed, Buffer.alloc(64), Buffer.alloc(63)]) {
    expect(() => sm2Encrypt(bytes, Buffer.alloc(32))).toThrow(CryptoError);
  }
});
