/** Keys that sign and verify, of each algorithm. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CryptoError } from '../../../crypto/crypto-error.ts';
import { jwkOf, verifyingKeyOfJwk } from '../../../crypto/signature/jose.ts';
import {
  makeSigningKey,
  publicPem,
  signingKeyFrom,
  verifyingKeyFrom,
  verifyingKeyOf,
} from '../../../crypto/signature/key-files.ts';
import { isSigned } from '../../../crypto/signature/verify.ts';
import { sm2KeyOf, sm2Sign } from '../../../platform/sm2.ts';

const message = Buffer.from('what is signed');

describe.each(['Ed25519', 'ES256', 'SM2'] as const)('%s', (algorithm) => {
  const key = makeSigningKey(algorithm);

  test('verifies what it signed, and nothing else', () => {
    const signature = key.sign(message);
    expect(signature).toHaveLength(64);
    expect(isSigned(key.publicKey, message, signature)).toBe(true);
    expect(isSigned(key.publicKey, Buffer.from('another'), signature)).toBe(false);
    expect(isSigned(makeSigningKey(algorithm).publicKey, message, signature)).toBe(false);
    for (const at of [0, 31, 32, 63]) {
      const changed = Buffer.from(signature);
      changed[at] = (changed[at] as number) ^ 1;
      expect(isSigned(key.publicKey, message, changed)).toBe(false);
    }
    expect(isSigned(key.publicKey, message, Buffer.alloc(64))).toBe(false);
    expect(isSigned(key.publicKey, message, signature.subarray(1))).toBe(false);
  });

  test('is the same key from PEM and JWK', () => {
    const read = signingKeyFrom(key.toPem());
    expect(read.publicKey).toEqual(key.publicKey);
    expect(isSigned(key.publicKey, message, read.sign(message))).toBe(true);
    expect(verifyingKeyFrom(publicPem(key.publicKey))).toEqual(key.publicKey);
    expect(verifyingKeyOfJwk(jwkOf(key.publicKey))).toEqual(key.publicKey);
  });

  test('is not made of bytes that are no key', () => {
    expect(() => verifyingKeyOf(algorithm, key.publicKey.bytes.subarray(1))).toThrow(CryptoError);
    expect(() => verifyingKeyOfJwk({ ...jwkOf(key.publicKey), d: 'AA' })).toThrow(/private key/);
    if (algorithm === 'Ed25519') return;
    const off = Buffer.from(key.publicKey.bytes);
    off[63] = (off[63] as number) ^ 1;
    expect(() => verifyingKeyOf(algorithm, off)).toThrow(CryptoError);
  });
});

test('SM2: what the issuer signs verifies here; another distinguishing ID does not', () => {
  const key = sm2KeyOf(BigInt(`0x${randomBytes(31).toString('hex')}`) + 1n);
  const publicKey = verifyingKeyOf('SM2', key.publicKey);
  expect(isSigned(publicKey, message, sm2Sign(key, message))).toBe(true);
  const other = sm2Sign(key, message, Buffer.from('another id'));
  expect(isSigned(publicKey, message, other)).toBe(false);
});

test('a key of another curve is refused', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  expect(() => signingKeyFrom(privateKey.export({ format: 'pem', type: 'pkcs8' }) as string)).toThrow(
    CryptoError,
  );
});
