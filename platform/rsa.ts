/**
 * RSA keys of the reference platform, drawn from the seed. EMV signs with the bare private operation and its own
 * message recovery (EMV Book 2, annex B2.1), so there is no padding scheme here. Test keys only.
 */
import { checkPrimeSync, constants, createPrivateKey, type KeyObject, privateEncrypt } from 'node:crypto';
import { bytesToNumber, numberToBytes } from './bytes.ts';
import { seeded } from './seed.ts';

export interface RsaKey {
  /** Big-endian, no leading zero. */
  readonly modulus: Uint8Array;
  /** Big-endian, 1 or 3 bytes (EMV Book 2, clause 11.1: 3 or 65537). */
  readonly exponent: Uint8Array;
  /** m^d mod n of a block as long as the modulus and below it. */
  sign(block: Uint8Array): Uint8Array;
}

/** The key of `bits` bits (even, multiple of 8) for (seed, label, index). */
export function rsaKey(
  seed: string,
  label: string,
  index: number,
  bits: number,
  exponent: 3 | 65_537,
): RsaKey {
  const e = BigInt(exponent);
  const p = seededPrime(seed, `${label} p`, index, bits / 2, e);
  const q = seededPrime(seed, `${label} q`, index, bits / 2, e);
  const n = p * q;
  const d = inverse(e, (p - 1n) * (q - 1n));
  const privateKey = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'RSA',
      n: base64url(n),
      e: base64url(e),
      d: base64url(d),
      p: base64url(p),
      q: base64url(q),
      dp: base64url(d % (p - 1n)),
      dq: base64url(d % (q - 1n)),
      qi: base64url(inverse(q, p)),
    },
  });
  return {
    modulus: numberToBytes(n, bits / 8),
    exponent: exponent === 3 ? Uint8Array.of(3) : Uint8Array.of(1, 0, 1),
    sign: (block) => privateOperation(privateKey, block),
  };
}

function privateOperation(key: KeyObject, block: Uint8Array): Uint8Array {
  return new Uint8Array(privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, block));
}

/** First prime at or after a seeded odd number with its two top bits set, with p - 1 coprime to e. */
function seededPrime(seed: string, label: string, index: number, bits: number, e: bigint): bigint {
  const top = 3n << BigInt(bits - 2);
  const from = bytesToNumber(seeded(seed, label, index, bits / 8)) | top | 1n;
  const rests = SMALL_PRIMES.map((prime) => Number(from % BigInt(prime)));
  for (let step = 0; ; step += 2) {
    if (SMALL_PRIMES.some((prime, i) => ((rests[i] ?? 0) + step) % prime === 0)) continue;
    const candidate = from + BigInt(step);
    // e is prime (3 or 65537), so p - 1 is coprime to it unless divided by it.
    if ((candidate - 1n) % e !== 0n && checkPrimeSync(candidate)) return candidate;
  }
}

/** Odd primes. Nine of ten candidates are divided by one, which costs far less to see than that they are not prime. */
const SMALL_PRIMES = Array.from({ length: 500 }, (_, i) => 2 * i + 3).filter((odd, i, all) =>
  all.slice(0, i).every((smaller) => odd % smaller !== 0),
);

/** a^-1 mod m, both coprime, by the extended Euclidean algorithm. */
function inverse(a: bigint, m: bigint): bigint {
  let [r0, r1, s0, s1] = [m, a % m, 0n, 1n];
  while (r1 > 0n) {
    const quotient = r0 / r1;
    [r0, r1, s0, s1] = [r1, r0 - quotient * r1, s1, s0 - quotient * s1];
  }
  return ((s0 % m) + m) % m;
}

function base64url(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
}
