/**
 * Signing a receipt. The scalar multiplications are OpenSSL's, which are constant-time; of what is left for SM2, every
 * product of two secrets is masked afresh, since arithmetic on BigInt takes a time that depends on its numbers.
 */
import { createECDH, createHmac, createPrivateKey, randomBytes, sign } from 'node:crypto';
import { SM2_DEFAULT_ID, sm2Digest } from '../../workers/engine/sm2-digest.ts';
import type { ReceiptKey } from './receipt-keys.ts';

/** Order of the curve (GB/T 32918.5). */
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const BYTES = 32;
/** So many more than the order has that its remainder is even (FIPS 186-5, A.2.1). */
const WIDE_BYTES = 48;

export type SigningKey = ReceiptKey & { readonly d: string };

/** r ‖ s, 64 bytes, over the signing input of a JWS (RFC 7515 clause 5.1; RFC 7518 clause 3.4). */
export function signatureOf(key: SigningKey, signingInput: string): Buffer {
  const input = Buffer.from(signingInput, 'ascii');
  const { jwk, d } = key;
  if (jwk.alg === 'SM2SM3') return sm2Signature(key, input);
  const { kty, crv, x, y } = jwk;
  const privateKey = createPrivateKey({ format: 'jwk', key: { kty, crv, x, y, d } });
  return sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' });
}

/** GB/T 32918.2 clause 6.1, with the distinguishing id of GM/T 0009 clause 10. */
function sm2Signature({ jwk: { x, y }, d }: SigningKey, message: Uint8Array): Buffer {
  const publicKey = Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const scalar = Buffer.from(d, 'base64url');
  const digest = sm2Digest(publicKey, SM2_DEFAULT_ID, message);
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
  const bytes = createHmac('sha512', scalar).update(randomBytes(BYTES)).update(digest).digest();
  return (toInteger(bytes.subarray(0, WIDE_BYTES)) % (N - 1n)) + 1n;
}

/** (1 + d)⁻¹. Masked: what is inverted is a random multiple, and what is raised to a power is no secret. */
function inverseOfNext(d: bigint): bigint {
  const mask = freshMask();
  const masked = (mask * (1n + d)) % N;
  return (mask * power(masked, N - 2n)) % N;
}

function maskedProduct(one: bigint, other: bigint): bigint {
  const mask = freshMask();
  return mod(((one + mask) % N) * other - ((mask * other) % N));
}

function freshMask(): bigint {
  return (toInteger(randomBytes(WIDE_BYTES)) % (N - 1n)) + 1n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let b = base, e = exponent; e > 0n; e >>= 1n, b = (b * b) % N) {
    if (e & 1n) result = (result * b) % N;
  }
  return result;
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
