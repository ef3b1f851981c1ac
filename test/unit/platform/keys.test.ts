/** The platform's keys: drawn from the seed, and right against the published SM2 example and plain arithmetic. */
import { weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { describe, expect, it } from 'vitest';
import { bytesToNumber, numberToBytes } from '../../../platform/bytes.ts';
import { rsaKey } from '../../../platform/rsa.ts';
import { seeded, seededInteger } from '../../../platform/seed.ts';
import { DEFAULT_ID, sm2IdentityDigest, sm2Key, sm2KeyOf, sm2Sign, sm3 } from '../../../platform/sm2.ts';
import { toHex } from '../../../workers/codecs/hex.ts';

const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const Point = weierstrass({
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  n: N,
  h: 1n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
});

/** GB/T 32918.2 clause 7.1, written out. */
function verifies(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  const [r, s] = [bytesToNumber(signature.subarray(0, 32)), bytesToNumber(signature.subarray(32))];
  const t = (r + s) % N;
  const key = Point.fromHex(`04${toHex(publicKey)}`);
  const { x } = Point.BASE.multiply(s).add(key.multiply(t)).toAffine();
  return (bytesToNumber(digest) + x) % N === r;
}

describe('seed', () => {
  it('gives the same bytes for the same seed, label and index, and others otherwise', () => {
    const base = toHex(seeded('s', 'label', 7, 40));
    expect(toHex(seeded('s', 'label', 7, 40))).toBe(base);
    for (const other of [
      seeded('t', 'label', 7, 40),
      seeded('s', 'labe', 7, 40),
      seeded('s', 'label', 8, 40),
    ]) {
      expect(toHex(other)).not.toBe(base);
    }
    expect(base.startsWith(toHex(seeded('s', 'label', 7, 3)))).toBe(true);
  });

  it('is pinned, so that a seed names the same city in every version', () => {
    expect(toHex(seeded('pinned', 'card', 70_123, 8))).toBe('578d1c7f5aef0fc4');
    expect(seededInteger('pinned', 'card', 70_123, 1000)).toBe(647);
  });

  it('refuses an index that is no whole number', () => {
    expect(() => seeded('s', 'l', -1, 4)).toThrow(RangeError);
    expect(() => seeded('s', 'l', 0.5, 4)).toThrow(RangeError);
  });

  it('refuses to cut a number short', () => {
    expect(toHex(numberToBytes(258n, 3))).toBe('000102');
    expect(() => numberToBytes(65_536n, 2)).toThrow(RangeError);
  });
});

describe('SM2', () => {
  it('makes the key and Z_A of GM/T 0003.5', () => {
    const key = sm2KeyOf(0x3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8n);
    expect(toHex(key.publicKey)).toBe(
      '09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020' +
        'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
    );
    expect(toHex(key.compressed)).toBe('0309f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020');
    expect(toHex(sm2IdentityDigest(key.publicKey, DEFAULT_ID))).toBe(
      'b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3',
    );
  });

  it('signs what verifies, under any ID, and the same every time', () => {
    for (let index = 0; index < 8; index += 1) {
      const key = sm2Key(seeded('sm2', 'key', index, 40));
      const message = seeded('sm2', 'message', index, index * 9);
      const id = index === 0 ? DEFAULT_ID : seeded('sm2', 'id', index, index);
      const signature = sm2Sign(key, message, id);
      const digest = sm3(sm2IdentityDigest(key.publicKey, id), message);
      expect(verifies(key.publicKey, digest, signature)).toBe(true);
      digest[0] = (digest[0] ?? 0) ^ 1;
      expect(verifies(key.publicKey, digest, signature)).toBe(false);
      expect(toHex(sm2Sign(key, message, id))).toBe(toHex(signature));
    }
  });
});

describe('RSA', () => {
  it.each([
    [1408, 3],
    [1152, 65_537],
    [1024, 3],
    [640, 3],
  ] as const)('makes a key of %i bits with e = %i that signs and recovers', (bits, exponent) => {
    const key = rsaKey('rsa', 'test', bits, bits, exponent);
    expect(key.modulus.length).toBe(bits / 8);
    expect(key.modulus[0]).toBeGreaterThanOrEqual(0x80);
    expect(bytesToNumber(key.exponent)).toBe(BigInt(exponent));
    const block = seeded('rsa', 'block', 0, bits / 8);
    block[0] = 0x6a;
    const n = bytesToNumber(key.modulus);
    let [base, power, recovered] = [bytesToNumber(key.sign(block)), BigInt(exponent), 1n];
    for (; power > 0n; power >>= 1n) {
      if (power & 1n) recovered = (recovered * base) % n;
      base = (base * base) % n;
    }
    expect(toHex(numberToBytes(recovered, bits / 8))).toBe(toHex(block));
    expect(toHex(rsaKey('rsa', 'test', bits, bits, exponent).modulus)).toBe(toHex(key.modulus));
  });
});
