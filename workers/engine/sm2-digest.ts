/**
 * The digest an SM2 signature is made over: e = SM3(Z_A ‖ M) with
 * Z_A = SM3(ENTL ‖ ID ‖ a ‖ b ‖ xG ‖ yG ‖ xA ‖ yA), GB/T 32918.2 clauses 5.5 and 7.1.
 */
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { cacheName } from '../codecs/cache-name.ts';
import { DIGEST_BYTES, type Job, PUBLIC_KEY_BYTES, SM2_ID_BYTES_MAX } from './job.ts';

/** The distinguishing ID every profile uses that names none of its own (GM/T 0009 clause 10). */
export const SM2_DEFAULT_ID: Uint8Array = new Uint8Array(Buffer.from('1234567812345678', 'latin1'));

/** IDs up to this size are cached with their key; longer ones are rare and hashed each time. */
const CACHED_ID_BYTES_MAX = 64;
const CACHED_Z_ENTRIES = 16_384;

const CURVE_PARAMETERS = Buffer.from(
  'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc' +
    '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93' +
    '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7' +
    'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
  'hex',
);

/** Pure function of public values, so one cache for all revisions of trust is safe. */
const cachedZ = new LRUCache<string, Uint8Array>({ max: CACHED_Z_ENTRIES });

/** SM3 (GB/T 32905) of the parts one after another, 32 bytes. */
export function sm3(...parts: readonly Uint8Array[]): Uint8Array {
  return hashOf('sm3', parts);
}

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return hashOf('sha256', parts);
}

/**
 * Z_A of a key and an ID, 32 bytes. Throws TypeError or RangeError on a key that is not 64 bytes (X ‖ Y) or an ID
 * too long for ENTL; whether the key is a point of the curve is not looked at.
 */
export function sm2IdentityHash(publicKey: Uint8Array, id: Uint8Array): Uint8Array {
  assertIdentity(publicKey, id);
  if (id.length > CACHED_ID_BYTES_MAX) return sm3(...identityParts(publicKey, id));
  // The key has a fixed width, so key ‖ ID names the pair without ambiguity.
  const name = cacheName(publicKey, id);
  let z = cachedZ.get(name);
  if (z === undefined) {
    z = sm3(...identityParts(publicKey, id));
    cachedZ.set(name, z);
  }
  return z;
}

/** e = SM3(Z_A ‖ M), 32 bytes, for the message given in parts. IDs are bytes, not text. Throws as sm2IdentityHash. */
export function sm2Digest(
  publicKey: Uint8Array,
  id: Uint8Array,
  ...message: readonly Uint8Array[]
): Uint8Array {
  return sm3(sm2IdentityHash(publicKey, id), ...message);
}

/** What the job's signature is made over, 32 bytes: made here where the job has the message. */
export function digestOfJob(job: Job): Uint8Array {
  return job.digest ?? sm2Digest(job.publicKey, job.id, job.message, job.appended);
}

/**
 * As sm2Digest with SHA-256 for both hashes: GB/T 32918.2 leaves the hash open, and published test data use this one.
 * No credential does.
 */
export function sm2DigestSha256(publicKey: Uint8Array, id: Uint8Array, message: Uint8Array): Uint8Array {
  assertIdentity(publicKey, id);
  return sha256(sha256(...identityParts(publicKey, id)), message);
}

function assertIdentity(publicKey: Uint8Array, id: Uint8Array): void {
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw new RangeError('an SM2 public key is 64 bytes, X and Y');
  if (id.length > SM2_ID_BYTES_MAX) throw new RangeError(`an SM2 ID is at most ${SM2_ID_BYTES_MAX} bytes`);
}

function identityParts(publicKey: Uint8Array, id: Uint8Array): Uint8Array[] {
  const bits = id.length * 8;
  return [Uint8Array.of(bits >> 8, bits & 0xff), id, CURVE_PARAMETERS, publicKey];
}

/** One call over the parts joined: a hash object a digest costs twice as much. */
function hashOf(algorithm: 'sm3' | 'sha256', parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  if (length > joined.length) joined = Buffer.allocUnsafeSlow(length * 2);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  const digest = new Uint8Array(DIGEST_BYTES);
  const text = hash(algorithm, joined.subarray(0, length), 'binary');
  for (let i = 0; i < DIGEST_BYTES; i++) digest[i] = text.charCodeAt(i);
  return digest;
}

let joined = Buffer.allocUnsafeSlow(4_096);
