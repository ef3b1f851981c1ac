/**
 * Both curves in plain integers, sharing nothing with the engines: OpenSSL multiplies the base point, the rest is the
 * textbook. Signs with a nonce that is given, so that a seed gives the same signatures. Test keys only.
 */
import { createECDH } from 'node:crypto';
import type { CurveName, SignatureJob } from '../../../../workers/engine/job.ts';
import { concat, mod, powMod, toBytes32, toInteger } from '../../../fixtures/openssl-sm2.ts';

export interface Curve {
  readonly name: CurveName;
  /** What OpenSSL calls it. */
  readonly openssl: string;
  readonly p: bigint;
  readonly n: bigint;
  readonly b: bigint;
}

export type Point = { readonly x: bigint; readonly y: bigint } | null;

/** GB/T 32918.5 clause 2. */
export const SM2: Curve = {
  name: 'sm2',
  openssl: 'SM2',
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
};

/** SP 800-186 clause 3.2.1.3. */
export const P256: Curve = {
  name: 'p256',
  openssl: 'prime256v1',
  p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
};

export const CURVES_TESTED: readonly Curve[] = [SM2, P256];

export const invert = (value: bigint, modulus: bigint): bigint => powMod(value, modulus - 2n, modulus);

/** k·G. */
export function baseMultiple({ openssl, n }: Curve, k: bigint): Point {
  if (mod(k, n) === 0n) return null;
  const ecdh = createECDH(openssl);
  ecdh.setPrivateKey(toBytes32(mod(k, n)));
  return pointOf(new Uint8Array(ecdh.getPublicKey().subarray(1)));
}

export function pointOf(key: Uint8Array): { x: bigint; y: bigint } {
  return { x: toInteger(key.subarray(0, 32)), y: toInteger(key.subarray(32)) };
}

/** X ‖ Y; infinity, which has no such form, throws. */
export function keyOf(point: Point): Uint8Array {
  if (point === null) throw new Error('infinity is no key');
  return concat(toBytes32(point.x), toBytes32(point.y));
}

export function negate({ p }: Curve, point: Point): Point {
  return point && { x: point.x, y: mod(-point.y, p) };
}

export function add(curve: Curve, a: Point, b: Point): Point {
  const { p } = curve;
  if (a === null) return b;
  if (b === null) return a;
  if (a.x === b.x && mod(a.y + b.y, p) === 0n) return null;
  // Both curves have a = -3.
  const slope =
    a.x === b.x
      ? (3n * a.x * a.x - 3n) * invert(mod(2n * a.y, p), p)
      : (b.y - a.y) * invert(mod(b.x - a.x, p), p);
  const x = mod(slope * slope - a.x - b.x, p);
  return { x, y: mod(slope * (a.x - x) - a.y, p) };
}

export function multiple(curve: Curve, point: Point, k: bigint): Point {
  let sum: Point = null;
  for (const bit of mod(k, curve.n).toString(2)) {
    sum = add(curve, sum, sum);
    if (bit === '1') sum = add(curve, sum, point);
  }
  return sum;
}

/** The point with the smallest x from `from` on; p = 3 mod 4 on both curves, so the root is a power. */
export function pointWithX({ p, b }: Curve, from: bigint): { x: bigint; y: bigint } {
  for (let x = from; ; x++) {
    const square = mod(x * x * x - 3n * x + b, p);
    const y = powMod(square, (p + 1n) / 4n, p);
    if (mod(y * y, p) === square) return { x, y };
  }
}

export function jobOf(curve: Curve, key: Point, e: bigint, r: bigint, s: bigint): SignatureJob {
  return {
    curve: curve.name,
    publicKey: keyOf(key),
    digest: toBytes32(e),
    signature: concat(toBytes32(r), toBytes32(s)),
  };
}

/** r ‖ s by private key d with nonce k: GB/T 32918.2 clause 6.1, FIPS 186-5 clause 6.4.1. */
export function sign(curve: Curve, d: bigint, k: bigint, digest: Uint8Array): Uint8Array {
  const { n } = curve;
  const [e, x] = [toInteger(digest), baseMultiple(curve, k)?.x ?? 0n];
  const r = mod(curve.name === 'sm2' ? e + x : x, n);
  const s = curve.name === 'sm2' ? invert(mod(1n + d, n), n) * (k - r * d) : invert(k, n) * (e + r * d);
  return concat(toBytes32(r), toBytes32(mod(s, n)));
}

/**
 * A job whose verification adds exactly u1·G and u2·key, and claims that the x of the sum is `x`: it verifies when that
 * is so. Throws where no signature in range leads to these scalars.
 */
export function jobOfScalars(curve: Curve, key: Point, u1: bigint, u2: bigint, x: bigint): SignatureJob {
  const { name, n } = curve;
  // SM2: s = u1, t = r + s = u2, r = e + x. ECDSA: u1 = e/s, u2 = r/s, r = x.
  const r = mod(name === 'sm2' ? u2 - u1 : x, n);
  const s = mod(name === 'sm2' ? u1 : r * invert(mod(u2, n), n), n);
  const e = mod(name === 'sm2' ? r - x : u1 * s, n);
  if (r === 0n || s === 0n) throw new RangeError('no signature in range leads to these scalars');
  return jobOf(curve, key, e, r, s);
}
