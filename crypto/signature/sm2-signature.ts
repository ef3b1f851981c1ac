/**
 * Making an SM2 signature. The scalar multiplications are OpenSSL's, which are constant-time; of what is left, every product
 * of two secrets is masked afresh, since arithmetic on BigInt takes a time that depends on its numbers.
 */
import { createECDH, createHmac, randomBytes } from 'node:crypto';

/** Order of the curve (GB/T 32918.5). */
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const BYTES = 32;
/** So many more than the order has that its remainder is even (FIPS 186-5, A.2.1). */
const WIDE_BYTES = 48;

/** r ‖ s, 64 bytes, over a digest e of 32 bytes (GB/T 32918.2 clause 6.1, steps A3 to A7). `scalar`: 32 bytes, 1 … n-2. */
export function sm2Signature(scalar: Uint8Array, digest: Uint8Array): Buffer {
  const e = toInteger(digest);
  const inverse = inverseOfNext(toInteger(scalar));
  for (;;) {
    const k = freshNonce(scalar, digest);
    const r = (e + abscissa(k)) % N;
    if (r === 0n || r + k === N) continue;
    // s = (1 + d)⁻¹ · (k − r·d) = (1 + d)⁻¹ · (k + r) − r: one product of secrets in place of two.
    const s = mod(maskedProduct(inverse, (k + r) % N) - r);
    if (s !== 0n) return Buffer.concat([toBytes(r), toBytes(s)]);
  }
}

/** x of k·G. */
function abscissa(k: bigint): bigint {
  const point = createECDH('SM2');
  point.setPrivateKey(toBytes(k));
  return toInteger(point.getPublicKey().subarray(1, 1 + BYTES));
}

/** From 1 to n − 1. Hedged: also where random numbers repeat, no two messages share one. */
function freshNonce(scalar: Uint8Array, digest: Uint8Array): bigint {
  const random = randomBytes(BYTES);
  const part = (n: number) =>
    createHmac('sm3', scalar).update(Uint8Array.of(n)).update(random).update(digest).digest();
  return (toInteger(Buffer.concat([part(0), part(1)]).subarray(0, WIDE_BYTES)) % (N - 1n)) + 1n;
}

/** (1 + d)⁻¹. Masked: what is inverted is a random multiple. */
function inverseOfNext(d: bigint): bigint {
  const mask = freshMask();
  const masked = (mask * (1n + d)) % N;
  return (mask * inverseOf(masked)) % N;
}

function maskedProduct(one: bigint, other: bigint): bigint {
  const mask = freshMask();
  return mod(((one + mask) % N) * other - ((mask * other) % N));
}

function freshMask(): bigint {
  return (toInteger(randomBytes(WIDE_BYTES)) % (N - 1n)) + 1n;
}

/** By Euclid's algorithm, whose steps depend on the number: of masked ones alone. */
function inverseOf(number: bigint): bigint {
  let [before, rest] = [N, number];
  let [factorBefore, factor] = [0n, 1n];
  while (rest !== 0n) {
    const quotient = before / rest;
    [before, rest] = [rest, before - quotient * rest];
    [factorBefore, factor] = [factor, factorBefore - quotient * factor];
  }
  return mod(factorBefore);
}

function mod(value: bigint): bigint {
  return ((value % N) + N) % N;
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function toBytes(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(BYTES * 2, '0'), 'hex');
}
