/**
 * RSA with message recovery (ISO/IEC 9796-2 scheme 1 as EMV Book 2, Annex A2.1 uses it): the public operation of
 * OpenSSL on an imported key. Public values only; nothing here is secret.
 */
import { constants, createPublicKey, type KeyObject, publicDecrypt } from 'node:crypto';

/** Smallest modulus taken, bytes: the smallest the sources have seen on a card is larger. */
export const MODULUS_BYTES_MIN = 64;
/** EMV Book 2 clause 6.1 ends at 248; 256 leaves room for a 2048-bit key of a test CA. */
export const MODULUS_BYTES_MAX = 256;

export interface RsaKey {
  readonly key: KeyObject;
  readonly modulusBytes: number;
}

/** Whether the bytes are an exponent that EMV Book 2 clause 6.1 allows: 3 or 2^16 + 1, without leading zeros. */
export function isRsaExponent(exponent: Uint8Array): boolean {
  if (exponent.length === 1) return exponent[0] === 3;
  return exponent.length === 3 && exponent[0] === 1 && exponent[1] === 0 && exponent[2] === 1;
}

/**
 * Imports a key, or answers null when it is not usable: size out of bounds, leftmost bit not 1 (EMV Book 2 clause
 * 6.1), even, or an exponent other than 3 and 65537.
 */
export function importRsaKey(modulus: Uint8Array, exponent: Uint8Array): RsaKey | null {
  const [first, last] = [modulus[0], modulus.at(-1)];
  if (modulus.length < MODULUS_BYTES_MIN || modulus.length > MODULUS_BYTES_MAX) return null;
  if (first === undefined || first < 0x80 || last === undefined || last % 2 === 0) return null;
  if (!isRsaExponent(exponent)) return null;
  const jwk = { kty: 'RSA', n: base64url(modulus), e: base64url(exponent) };
  try {
    return { key: createPublicKey({ key: jwk, format: 'jwk' }), modulusBytes: modulus.length };
  } catch {
    return null;
  }
}

/** s^e mod n, as long as the modulus, or null when the signature is not as long or its number not below n. */
export function recoverRsa(rsa: RsaKey, signature: Uint8Array): Uint8Array | null {
  if (signature.length !== rsa.modulusBytes) return null;
  try {
    return publicDecrypt({ key: rsa.key, padding: constants.RSA_NO_PADDING }, signature);
  } catch {
    return null;
  }
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}
