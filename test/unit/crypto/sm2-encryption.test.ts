/** SM2 encryption (GB/T 32918.4) held against the issuer's own decryption, which shares no code with it, and opened again. */
import { createECDH } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CryptoError } from '../../../crypto/crypto-error.ts';
import { SM2_ENCRYPTION_BYTES, sm2Decrypt, sm2Encrypt } from '../../../crypto/sealing/sm2-encryption.ts';
import { sm2Key } from '../../../platform/sm2.ts';
import { sm2Decrypt as issuersDecrypt } from '../../../platform/sm2-decryption.ts';

const keys = Array.from({ length: 12 }, (_, i) => sm2Key(Buffer.alloc(40, i + 1)));
const scalarOf = ({ d }: (typeof keys)[number]) => Buffer.from(d.toString(16).padStart(64, '0'), 'hex');
const hex = (...text: readonly string[]) => Buffer.from(text.join(''), 'hex');

test.each([1, 31, 32, 33, 100])('%i bytes come back whole', (length) => {
  const message = Buffer.from(Array.from({ length }, (_, i) => (i * 7) & 0xff));
  for (const key of keys) {
    const encrypted = sm2Encrypt(key.publicKey, message);
    expect(encrypted).toHaveLength(SM2_ENCRYPTION_BYTES + length);
    expect(Buffer.from(issuersDecrypt(key, encrypted))).toEqual(message);
    expect(sm2Decrypt(scalarOf(key), encrypted)).toEqual(message);
  }
});

test('bytes that are no point of the curve are no key', () => {
  const changed = Buffer.from(keys[0]?.publicKey ?? []);
  changed[63] = (changed[63] as number) ^ 1;
  for (const bytes of [changed, Buffer.alloc(64), Buffer.alloc(63)]) {
    expect(() => sm2Encrypt(bytes, Buffer.alloc(32))).toThrow(CryptoError);
  }
});

test('no message of no bytes is encrypted', () => {
  expect(() => sm2Encrypt(keys[0]?.publicKey ?? Buffer.alloc(0), Buffer.alloc(0))).toThrow(TypeError);
});

describe('the example of GB/T 32918.5-2017 C.2', () => {
  const scalar = hex('3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8');
  const encrypted = hex(
    '0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73',
    'e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0',
    '59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766',
    '21886ca989ca9c7d58087307ca93092d651efa',
  );

  test('opens', () => {
    expect(sm2Decrypt(scalar, encrypted).toString()).toBe('encryption standard');
  });

  const changed = (at: number, over: number | Buffer) => {
    const bytes = Buffer.from(encrypted);
    if (typeof over === 'number') bytes[at] = (bytes[at] as number) ^ over;
    else over.copy(bytes, at);
    return bytes;
  };
  const cases: readonly (readonly [string, Buffer])[] = [
    ['x of C1 changed, so that it is not on the curve', changed(32, 1)],
    ['y of C1 changed, so that it is not on the curve', changed(64, 1)],
    ['C1 of zeros', changed(1, Buffer.alloc(64))],
    ['C1 at infinity, as one octet', Buffer.concat([Buffer.of(0), encrypted.subarray(65)])],
    ['C1 at infinity, of 65 octets', changed(0, Buffer.alloc(65))],
    ['C1 compressed', Buffer.concat([Buffer.of(3), encrypted.subarray(1, 33), encrypted.subarray(65)])],
    ['C1 of a hybrid form', changed(0, 4 ^ 7)],
    ['x of C1 not reduced', changed(1, Buffer.alloc(32, 0xff))],
    ['C1 of another point', changed(0, keyOf(keys[1]))],
    ['C3 changed', changed(65, 0x80)],
    ['the last octet of C3 changed', changed(96, 1)],
    ['C2 changed', changed(97, 1)],
    ['C2 cut', encrypted.subarray(0, -1)],
    ['C2 with an octet more', Buffer.concat([encrypted, Buffer.of(0)])],
    ['no C2', encrypted.subarray(0, SM2_ENCRYPTION_BYTES)],
    [
      'C1 ‖ C2 ‖ C3',
      Buffer.concat([encrypted.subarray(0, 65), encrypted.subarray(97), encrypted.subarray(65, 97)]),
    ],
    ['nothing', Buffer.alloc(0)],
  ];
  test.each(cases)('does not open with %s', (_, bytes) => {
    expect(() => sm2Decrypt(scalar, bytes)).toThrow(
      expect.objectContaining({ code: 'unreadable', message: expect.stringMatching(/^it does not open/) }),
    );
  });

  test('nor under another key', () => {
    for (const key of keys) {
      expect(() => sm2Decrypt(scalarOf(key), encrypted)).toThrow(
        expect.objectContaining({ code: 'unreadable' }),
      );
    }
  });

  function keyOf(key: (typeof keys)[number] | undefined): Buffer {
    const own = createECDH('SM2');
    own.setPrivateKey(scalarOf(key as (typeof keys)[number]));
    return own.getPublicKey();
  }
});
