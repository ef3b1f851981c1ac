/** The native engine and OpenSSL seal alike: what one of them sealed the other opens, and refuses where it was changed. */
import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  COUNTER_BYTES,
  chooseEncryptThenMac,
  type EncryptThenMac,
  TAG_BYTES,
} from '../../../crypto/sealing/encrypt-then-mac.ts';
import { loadAddon } from '../../../native/index.ts';

const { addon } = loadAddon();
const JOBS = 10_000;
const PLAIN_BYTES_MAX = 3_000;
const ASSOCIATED_BYTES_MAX = 200;

/** Keys are overwritten by whoever takes them. */
function pair(cipherKey = randomBytes(16), macKey = randomBytes(32)) {
  const made = (choice: typeof addon) =>
    chooseEncryptThenMac(choice)(Buffer.from(cipherKey), Buffer.from(macKey));
  return { native: made(addon), openSsl: made(null) };
}

describe.skipIf(addon === null)('the native engine and OpenSSL', () => {
  test(`${JOBS} random messages, both ways`, { timeout: 60_000 }, () => {
    for (let n = 0; n < JOBS; n += 1) {
      const { native, openSsl } = pair();
      const plain = randomBytes(randomInt(PLAIN_BYTES_MAX));
      const associated = randomBytes(randomInt(ASSOCIATED_BYTES_MAX));
      const [ours, theirs] = [native.seal(plain, associated), openSsl.seal(plain, associated)];
      if (!openSsl.open(ours, associated)?.equals(plain) || !native.open(theirs, associated)?.equals(plain)) {
        expect.fail(`${plain.length} bytes, ${associated.length} associated`);
      }
    }
  });

  test('every length around the blocks, and a counter that runs over', () => {
    const { native, openSsl } = pair();
    for (let length = 0; length < 300; length += 1) {
      const plain = Buffer.alloc(length, length);
      const associated = Buffer.alloc(length % 70);
      expect(openSsl.open(native.seal(plain, associated), associated)).toEqual(plain);
      expect(native.open(openSsl.seal(plain, associated), associated)).toEqual(plain);
    }
  });

  test.each(['native', 'openSsl'] as const)(
    '%s: what was changed, cut or put elsewhere does not open',
    (by) => {
      const { [by]: own } = pair();
      const associated = Buffer.from('where it belongs');
      const sealed = own.seal(Buffer.from('some plain text'), associated);
      for (let bit = 0; bit < sealed.length * 8; bit += 1) {
        const changed = Buffer.from(sealed);
        changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(own.open(changed, associated)).toBeNull();
      }
      for (let length = 0; length < sealed.length; length += 1) {
        expect(own.open(sealed.subarray(0, length), associated)).toBeNull();
      }
      expect(own.open(sealed, Buffer.from('elsewhere'))).toBeNull();
      expect(pair()[by].open(sealed, associated)).toBeNull();
      own.forget();
      expect(own.open(sealed, associated)).toBeNull();
    },
  );

  test('keys that are handed over are not left behind', () => {
    const [cipherKey, macKey] = [randomBytes(16), randomBytes(32)];
    const own: EncryptThenMac = chooseEncryptThenMac(addon)(cipherKey, macKey);
    own.forget();
    expect([...cipherKey, ...macKey].every((byte) => byte === 0)).toBe(true);
  });

  test('the addon: lengths that do not fit together throw before anything is written', () => {
    const there = addon as NonNullable<typeof addon>;
    const of = (length: number) => new Uint8Array(length).fill(0xaa);
    for (const [cipher, mac, ready] of [
      [15, 32, 192],
      [16, 31, 192],
      [16, 32, 191],
      [16, 32, 193],
      [0, 0, 0],
    ] as const) {
      const room = of(ready);
      expect(() => there.sealKey(of(cipher), of(mac), room)).toThrow(/has length/);
      expect(room).toEqual(of(ready));
    }
    const overhead = COUNTER_BYTES + TAG_BYTES;
    for (const [ready, plain, sealed] of [
      [191, 10, overhead + 10],
      [192, 10, overhead + 9],
      [192, 11, overhead + 10],
      [192, 0, 0],
    ] as const) {
      const room = of(sealed);
      expect(() => there.seal(of(ready), of(5), of(plain), room)).toThrow(/has length/);
      expect(room).toEqual(of(sealed));
      const opened = of(plain);
      expect(() => there.open(of(ready), of(5), of(sealed), opened)).toThrow(/has length/);
      expect(opened).toEqual(of(plain));
    }
    const opened = of(10);
    expect(there.open(of(192), of(5), of(overhead + 10), opened)).toBe(false);
    expect(opened).toEqual(of(10));
  });
});
