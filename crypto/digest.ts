/** Digests of 32 bytes, keyed and not. */
import { createHash, createHmac, type Hash, hash, hkdfSync } from 'node:crypto';
import type { DigestAlgorithm, MacAlgorithm } from './algorithms.ts';

export const DIGEST_BYTES = 32;

/** How node:crypto names them. */
export const OPENSSL_DIGEST = {
  'SHA-256': 'sha256',
  SM3: 'sm3',
  'HMAC-SHA-256': 'sha256',
  'HMAC-SM3': 'sm3',
} as const satisfies Record<DigestAlgorithm | MacAlgorithm, string>;

export function digestOf(algorithm: DigestAlgorithm, data: string | Uint8Array): Buffer {
  return hash(OPENSSL_DIGEST[algorithm], data, 'buffer');
}

/** Of content that comes piece by piece. */
export function digesting(algorithm: DigestAlgorithm): Hash {
  return createHash(OPENSSL_DIGEST[algorithm]);
}

/** RFC 2104. */
export function macOf(algorithm: MacAlgorithm, key: Uint8Array, message: Uint8Array): Buffer {
  return createHmac(OPENSSL_DIGEST[algorithm], key).update(message).digest();
}

/** A key that is used for one thing alone (RFC 5869 with the hash of the MAC, without salt). `info`: names that thing. */
export function derivedKey(algorithm: MacAlgorithm, key: Uint8Array, info: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync(OPENSSL_DIGEST[algorithm], key, Buffer.alloc(0), info, bytes));
}
