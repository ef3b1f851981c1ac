/** How JWS and JWK name algorithms and keys (RFC 7515, 7517, 7518, 8037; GM/T 0125.1 and .2 for SM2). */
import type { SignatureAlgorithm } from '../algorithms.ts';
import { CryptoError } from '../crypto-error.ts';
import { verifyingKeyOf } from './key-files.ts';
import type { VerifyingKey } from './keys.ts';

/** `alg` of a JWS. */
export const JWS_ALGORITHM = {
  Ed25519: 'EdDSA',
  ES256: 'ES256',
  SM2: 'SGD_SM3_SM2',
} as const satisfies Record<SignatureAlgorithm, string>;
export type JwsAlgorithm = (typeof JWS_ALGORITHM)[SignatureAlgorithm];

/** The algorithm that a header's `alg` names; null: none of these. */
export function signatureAlgorithmOf(alg: unknown): SignatureAlgorithm | null {
  if (alg === 'EdDSA') return 'Ed25519';
  if (alg === 'ES256') return 'ES256';
  return alg === 'SGD_SM3_SM2' ? 'SM2' : null;
}

export type Jwk =
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
  | { readonly kty: 'EC'; readonly crv: 'P-256' | 'SM2'; readonly x: string; readonly y: string };

const COORDINATE_BYTES = 32;
const COORDINATE = /^[A-Za-z0-9_-]{43}$/;

export function jwkOf({ algorithm, bytes }: VerifyingKey): Jwk {
  const x = bytes.subarray(0, COORDINATE_BYTES).toString('base64url');
  if (algorithm === 'Ed25519') return { kty: 'OKP', crv: 'Ed25519', x };
  const y = bytes.subarray(COORDINATE_BYTES).toString('base64url');
  return { kty: 'EC', crv: algorithm === 'SM2' ? 'SM2' : 'P-256', x, y };
}

/** Reads the members that make a key, and no others. Throws CryptoError `unusable`; also on a private key. */
export function verifyingKeyOfJwk(jwk: unknown): VerifyingKey {
  if (typeof jwk !== 'object' || jwk === null) throw new CryptoError('unusable', 'a JWK is a JSON object');
  if ('d' in jwk) throw new CryptoError('unusable', 'this is a private key');
  const { kty, crv, x, y } = jwk as Record<string, unknown>;
  const algorithm = algorithmNamed(kty, crv);
  if (algorithm === 'Ed25519') return verifyingKeyOf(algorithm, coordinate(x));
  return verifyingKeyOf(algorithm, Buffer.concat([coordinate(x), coordinate(y)]));
}

function algorithmNamed(kty: unknown, crv: unknown): SignatureAlgorithm {
  if (kty === 'OKP' && crv === 'Ed25519') return 'Ed25519';
  if (kty === 'EC' && crv === 'P-256') return 'ES256';
  if (kty === 'EC' && crv === 'SM2') return 'SM2';
  throw new CryptoError('unusable', 'a key is OKP on Ed25519, or EC on P-256 or SM2');
}

function coordinate(text: unknown): Buffer {
  if (typeof text !== 'string' || !COORDINATE.test(text)) {
    throw new CryptoError('unusable', 'a coordinate of a key is 32 bytes in base64url');
  }
  return Buffer.from(text, 'base64url');
}
