/** What is sealed and wrapped opens under its own key, and as it was. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { keyWrap } from '../../../crypto/sealing/key-wrap.ts';
import { SEAL_BYTES, sealer } from '../../../crypto/sealing/seal.ts';

const place = Buffer.from('where it belongs');

describe.each(['AES-256-GCM', 'SM4-CTR-HMAC-SM3'] as const)('%s', (algorithm) => {
  const key = randomBytes(32);
  const own = sealer(algorithm, key);

  test.each([0, 1, 15, 16, 17, 4_096])('%d bytes open as they were', (length) => {
    const plain = randomBytes(length);
    const sealed = own.seal(plain, place);
    expect(sealed).toHaveLength(length + SEAL_BYTES[algorithm]);
    expect(own.open(sealed, place)).toEqual(plain);
    expect(own.seal(plain, place)).not.toEqual(sealed);
  });

  test('what was changed, cut, put elsewhere or sealed under another key does not open', () => {
    const sealed = own.seal(randomBytes(20), place);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] as number) ^ 1;
      expect(() => own.open(changed, place)).toThrow(/does not open/);
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => own.open(sealed.subarray(0, length), place)).toThrow(/does not open/);
    }
    expect(() => own.open(sealed, Buffer.from('elsewhere'))).toThrow(/does not open/);
    expect(() => sealer(algorithm, randomBytes(32)).open(sealed, place)).toThrow(/does not open/);
  });
});

describe.each(['AES-256-KW', 'SM4-KW'] as const)('%s', (algorithm) => {
  const own = keyWrap(algorithm, randomBytes(32));

  test('a key comes back as it was', () => {
    const key = randomBytes(32);
    const wrapped = own.wrap(key);
    expect(wrapped).toHaveLength(40);
    expect(own.unwrap(wrapped)).toEqual(key);
  });

  test('what was changed, cut or wrapped under another key does not unwrap', () => {
    const wrapped = own.wrap(randomBytes(32));
    for (let at = 0; at < wrapped.length; at += 1) {
      const changed = Buffer.from(wrapped);
      changed[at] = (changed[at] as number) ^ 1;
      expect(() => own.unwrap(changed)).toThrow(/cannot be unwrapped/);
    }
    expect(() => own.unwrap(wrapped.subarray(0, 32))).toThrow(/cannot be unwrapped/);
    expect(() => own.unwrap(wrapped.subarray(0, 7))).toThrow(/cannot be unwrapped/);
    expect(() => keyWrap(algorithm, randomBytes(32)).unwrap(wrapped)).toThrow(/cannot be unwrapped/);
  });
});
