/**
 * SM2 keys and signatures of the reference platform (GB/T 32918.2).
 * Written apart from the verifier on purpose: an issuer that shared its code would share its faults. Test keys only,
 * so nothing here tries to be constant-time.
 */
import { createHash, createHmac } from 'node:crypto';
import { weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { bytesToNumber, numberToBytes } from './bytes.ts';

const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
const A = 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn;
const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const GX = 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n;
const GY = 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n;

export const SM2_POINT = weierstrass({ p: P, a: A, b: B, n: N, h: 1n, Gx: GX, Gy: GY });
SM2_POINT.BASE.precompute(8);

/** The distinguishing ID where a profile names none (GM/T 0009, clause 10). */
export const DEFAULT_ID: Uint8Array = new TextEncoder().encode('1234567812345678');

export interface Sm2Key {
  readonly d: bigint;
  /** X ‖ Y, 64 bytes. */
  readonly publicKey: Uint8Array;
  /** 02 or 03 ‖ X, 33 bytes. */
  readonly compressed: Uint8Array;
}

export function sm3(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sm3');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** The key whose private scalar is `material` (at least 40 bytes) reduced to 1 … n-2. */
export function sm2Key(material: Uint8Array): Sm2Key {
  if (material.length < 40) throw new RangeError('an SM2 key needs 40 bytes of material');
  // d = n-1 has no inverse of 1 + d (GB/T 32918.2 clause 6.1).
  return sm2KeyOf((bytesToNumber(material) % (N - 2n)) + 1n);
}

/** The key of a private scalar. */
export function sm2KeyOf(d: bigint): Sm2Key {
  const { x, y } = SM2_POINT.BASE.multiply(d).toAffine();
  const publicKey = new Uint8Array(64);
  publicKey.set(numberToBytes(x, 32), 0);
  publicKey.set(numberToBytes(y, 32), 32);
  const compressed = new Uint8Array(33);
  compressed[0] = y % 2n === 0n ? 2 : 3;
  compressed.set(publicKey.subarray(0, 32), 1);
  return { d, publicKey, compressed };
}

const CURVE_CONSTANTS = Buffer.concat([A, B, GX, GY].map((value) => numberToBytes(value, 32)));

/** Z_A of a key under an ID of at most 8,191 bytes (GB/T 32918.2 clause 5.5). */
export function sm2IdentityDigest(publicKey: Uint8Array, id: Uint8Array): Uint8Array {
  const idBits = new Uint8Array(2);
  new DataView(idBits.buffer).setUint16(0, id.length * 8);
  return sm3(idBits, id, CURVE_CONSTANTS, publicKey);
}

/** r ‖ s, 64 bytes, over SM3(Z_A ‖ message). The same key, message and ID always give the same signature. */
export function sm2Sign(key: Sm2Key, message: Uint8Array, id: Uint8Array = DEFAULT_ID): Uint8Array {
  return sm2SignDigest(key, sm3(sm2IdentityDigest(key.publicKey, id), message));
}

/** r ‖ s over a digest e that is already made (GB/T 32918.2 clause 6.1, steps A3 to A7). */
export function sm2SignDigest(key: Sm2Key, digest: Uint8Array): Uint8Array {
  const e = bytesToNumber(digest);
  for (const k of nonces(key.d, digest)) {
    const r = (e + SM2_POINT.BASE.multiply(k).toAffine().x) % N;
    if (r === 0n || r + k === N) continue;
    const s = (SM2_POINT.Fn.inv(key.d + 1n) * SM2_POINT.Fn.create(k - r * key.d)) % N;
    if (s === 0n) continue;
    const signature = new Uint8Array(64);
    signature.set(numberToBytes(r, 32), 0);
    signature.set(numberToBytes(s, 32), 32);
    return signature;
  }
  throw new Error('unreachable: the nonces never end');
}

/** Nonces after RFC 6979 clause 3.2 with HMAC-SM3, qlen = hlen = 256. */
function* nonces(d: bigint, digest: Uint8Array): Generator<bigint, void> {
  const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Uint8Array => {
    const mac = createHmac('sm3', key);
    for (const part of parts) mac.update(part);
    return mac.digest();
  };
  const secret = numberToBytes(d, 32);
  const reduced = numberToBytes(bytesToNumber(digest) % N, 32);
  let v: Uint8Array = new Uint8Array(32).fill(1);
  let k: Uint8Array = new Uint8Array(32);
  for (const step of [0, 1]) {
    k = hmac(k, v, Uint8Array.of(step), secret, reduced);
    v = hmac(k, v);
  }
  for (;;) {
    v = hmac(k, v);
    const candidate = bytesToNumber(v);
    if (candidate > 0n && candidate < N) yield candidate;
    k = hmac(k, v, Uint8Array.of(0));
    v = hmac(k, v);
  }
}

/** Whether r ‖ s, 64 bytes, is the signature of a key over a message (GB/T 32918.2 clause 7.1). */
export function sm2Verifies(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  id: Uint8Array = DEFAULT_ID,
): boolean {
  const [r, s] = [bytesToNumber(signature.subarray(0, 32)), bytesToNumber(signature.subarray(32))];
  const t = (r + s) % N;
  if (signature.length !== 64 || r === 0n || r >= N || s === 0n || s >= N || t === 0n) return false;
  const [x, y] = [bytesToNumber(publicKey.subarray(0, 32)), bytesToNumber(publicKey.subarray(32))];
  try {
    const key = SM2_POINT.fromAffine({ x, y });
    key.assertValidity();
    const e = bytesToNumber(sm3(sm2IdentityDigest(publicKey, id), message));
    const sum = SM2_POINT.BASE.multiplyUnsafe(s).add(key.multiplyUnsafe(t));
    return !sum.is0() && (e + sum.toAffine().x) % N === r;
  } catch {
    // X ‖ Y is no point of the curve.
    return false;
  }
}
