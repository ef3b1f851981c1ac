/** RSA with message recovery against plain arithmetic. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { rsaKey as madeKey } from '../../../platform/rsa.ts';
import { toHex } from '../../../workers/codecs/hex.ts';
import {
  isRsaExponent,
  recoverByOpenSsl,
  recoverRsa,
  rsaKey,
  trustedRecover,
} from '../../../workers/engine/rsa.ts';

const key = madeKey('rsa-test', 'card', 0, 1024, 3);
const { modulus, exponent } = key;
const n = BigInt(`0x${toHex(modulus)}`);

function imported(from: Uint8Array = modulus, e: Uint8Array = exponent) {
  const result = rsaKey(from, e);
  if (result === null) throw new Error('the key is usable');
  return result;
}

function seededBytes(seed: string): (length: number) => Uint8Array {
  let count = 0;
  return (length) => {
    count += 1;
    return createHash('shake256', { outputLength: length }).update(`${seed} ${count}`).digest();
  };
}

function bytesOf(value: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(256, '0'), 'hex'));
}

describe('recoverRsa', () => {
  it('gives back what was signed', () => {
    const block = new Uint8Array(128).fill(0xbb);
    block[0] = 0x6a;
    expect(toHex(recoverRsa(imported(), key.sign(block)) ?? new Uint8Array())).toBe(toHex(block));
  });

  it('is s^3 mod n, with leading zeros kept', () => {
    for (const s of [0n, 1n, 2n, 1n << 300n, n - 1n, n / 3n]) {
      const recovered = recoverRsa(imported(), bytesOf(s));
      expect(toHex(recovered ?? new Uint8Array()), `${s}`).toBe(toHex(bytesOf((s * s * s) % n)));
    }
  });

  it('refuses a number that is not below the modulus, and another length', () => {
    expect(recoverRsa(imported(), bytesOf(n))).toBeNull();
    expect(recoverRsa(imported(), bytesOf(n + 1n))).toBeNull();
    expect(recoverRsa(imported(), new Uint8Array(128).fill(0xff))).toBeNull();
    expect(recoverRsa(imported(), new Uint8Array(127))).toBeNull();
    expect(recoverRsa(imported(), new Uint8Array(129))).toBeNull();
    expect(recoverRsa(imported(), new Uint8Array())).toBeNull();
  });
});

describe('the addon and OpenSSL', () => {
  it('one that gives wrong answers is not used', () => {
    const wrong: typeof recoverRsa = (rsa, signature) =>
      recoverByOpenSsl(rsa, signature)?.fill(0, 5, 6) ?? null;
    expect(trustedRecover(wrong)).toBe(recoverByOpenSsl);
    expect(trustedRecover((_, signature) => signature)).toBe(recoverByOpenSsl);
    expect(trustedRecover(recoverRsa)).toBe(recoverRsa);
  });

  it('give the same for moduli of every length, and refuse the same', () => {
    const random = seededBytes('rsa differential');
    let refused = 0;
    for (let length = 64; length <= 256; length += 1) {
      for (const e of [Uint8Array.of(3), Uint8Array.of(1, 0, 1)]) {
        const some = random(length);
        const made = imported(
          some.with(0, 0x80 | (some[0] ?? 0)).with(length - 1, 1 | (some.at(-1) ?? 0)),
          e,
        );
        const signature = random(length);
        const [ours, theirs] = [recoverRsa(made, signature), recoverByOpenSsl(made, signature)];
        refused += Number(theirs === null);
        expect(ours && toHex(ours), `${length} bytes`).toBe(theirs && toHex(theirs));
      }
    }
    expect(refused).toBeGreaterThan(20);
    expect(refused).toBeLessThan(250);
  });
});

describe('rsaKey', () => {
  const changed = (at: number, value: number) => modulus.with(at, value);

  it('takes moduli of 64 to 256 bytes', () => {
    const odd = (bytes: number) => new Uint8Array(bytes).fill(0xff);
    expect(rsaKey(odd(64), exponent)?.modulus.length).toBe(64);
    expect(rsaKey(odd(256), exponent)?.modulus.length).toBe(256);
    expect(rsaKey(odd(63), exponent)).toBeNull();
    expect(rsaKey(odd(257), exponent)).toBeNull();
    expect(rsaKey(new Uint8Array(), exponent)).toBeNull();
  });

  it('refuses a modulus that is even or whose leftmost bit is 0', () => {
    expect(rsaKey(changed(127, 0x02), exponent)).toBeNull();
    expect(rsaKey(changed(0, 0x7f), exponent)).toBeNull();
    expect(rsaKey(changed(0, 0), exponent)).toBeNull();
  });

  it('takes the exponents 3 and 65537 as written in one way only', () => {
    expect(isRsaExponent(Uint8Array.of(3))).toBe(true);
    expect(isRsaExponent(Uint8Array.of(1, 0, 1))).toBe(true);
    for (const other of [[], [1], [2], [5], [0, 3], [0, 0, 3], [0, 1, 0, 1], [1, 0, 2], [1, 1]]) {
      expect(isRsaExponent(Uint8Array.from(other)), other.join()).toBe(false);
      expect(rsaKey(modulus, Uint8Array.from(other))).toBeNull();
    }
  });
});
