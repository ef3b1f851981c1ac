/** Public keys as node:crypto takes them, for OpenSSL's verdict beside the engine's. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { CurveName } from '../../../../workers/engine/job.ts';
import { concat } from '../../../fixtures/openssl-sm2.ts';

/** SubjectPublicKeyInfo up to the point (RFC 5480): id-ecPublicKey with the curve's identifier, BIT STRING, 04. */
const SPKI_HEAD: Readonly<Record<CurveName, Uint8Array>> = {
  sm2: Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d03420004', 'hex'),
  p256: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex'),
};

/** SubjectPublicKeyInfo of X ‖ Y, in DER. */
export function spkiOf(curve: CurveName, publicKey: Uint8Array): Buffer {
  return Buffer.from(concat(SPKI_HEAD[curve], publicKey));
}

/** Null when OpenSSL refuses the point. */
export function opensslKey(curve: CurveName, publicKey: Uint8Array): KeyObject | null {
  try {
    return createPublicKey({ key: spkiOf(curve, publicKey), format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}

/** DER of SEQUENCE { r INTEGER, s INTEGER }. */
export function derSignature(signature: Uint8Array): Uint8Array {
  const body = concat(integer(signature.subarray(0, 32)), integer(signature.subarray(32)));
  return concat(Uint8Array.of(0x30, body.length), body);
}

function integer(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  const positive = (digits[0] ?? 0) < 0x80 ? digits : concat(Uint8Array.of(0), digits);
  return concat(Uint8Array.of(2, positive.length), positive);
}
