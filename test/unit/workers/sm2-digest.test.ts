import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../../workers/codecs/hex.ts';
import { SM2_DEFAULT_ID, sm2Digest, sm2IdentityHash, sm3 } from '../../../workers/engine/sm2-digest.ts';

const text = (value: string) => new TextEncoder().encode(value);

/** GM/T 0003.5-2012 annex A. */
const publicKey = fromHex(
  '09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020' +
    'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
);

describe('GM/T 0003.5 annex A', () => {
  test('Z_A', () => {
    const z = 'b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3';
    expect(toHex(sm2IdentityHash(publicKey, SM2_DEFAULT_ID))).toBe(z);
    expect(toHex(sm2IdentityHash(publicKey, SM2_DEFAULT_ID)), 'the second time, remembered').toBe(z);
  });

  test('e, the message whole or in parts', () => {
    const e = 'f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640';
    expect(toHex(sm2Digest(publicKey, SM2_DEFAULT_ID, text('message digest')))).toBe(e);
    expect(toHex(sm2Digest(publicKey, SM2_DEFAULT_ID, text('message'), text(' digest')))).toBe(e);
  });
});

describe('IDs are bytes', () => {
  test('bytes above 127, no ID and long IDs each give their own Z_A', () => {
    const ids = [
      new Uint8Array(),
      Uint8Array.of(0xff),
      Uint8Array.of(0xc3, 0xbf),
      Uint8Array.of(0xff, 0xff),
      new Uint8Array(64).fill(0x80),
      new Uint8Array(65).fill(0x80),
      new Uint8Array(8191).fill(0x80),
    ];
    const all = ids.map((id) => toHex(sm2IdentityHash(publicKey, id)));
    expect(new Set(all).size).toBe(ids.length);
    expect(ids.map((id) => toHex(sm2IdentityHash(publicKey, id)))).toEqual(all);
  });

  test('ENTL counts bits in two bytes', () => {
    const id = new Uint8Array(300).fill(0x41);
    const head = fromHex('0960');
    const curve = fromHex(
      'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc' +
        '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93' +
        '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7' +
        'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
    );
    expect(sm2IdentityHash(publicKey, id)).toEqual(sm3(head, id, curve, publicKey));
  });

  test('a key of another width or an ID too long for ENTL is misuse', () => {
    expect(() => sm2IdentityHash(new Uint8Array(65), SM2_DEFAULT_ID)).toThrow(RangeError);
    expect(() => sm2Digest(publicKey, new Uint8Array(8192))).toThrow(RangeError);
  });
});
