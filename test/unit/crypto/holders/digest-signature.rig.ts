/** Signatures over digests, as tokens and cipher machines make them; keys of files sign messages. */
import { createPrivateKey, type JsonWebKey } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import type { SigningKey } from '../../../../crypto/signature/keys.ts';

/** PKCS #8 of a key on a curve of 256 bits: its scalar stands behind 36 bytes (RFC 5915 clause 3). */
const SCALAR_AT = 36;
const SCALAR_BYTES = 32;

export function scalarOf(key: SigningKey): Buffer {
  const der = createPrivateKey(key.toPem()).export({ format: 'der', type: 'pkcs8' });
  return der.subarray(SCALAR_AT, SCALAR_AT + SCALAR_BYTES);
}

/** r ‖ s of ECDSA on P-256 over a digest. */
export function signedDigest(key: SigningKey, digest: Uint8Array): Buffer {
  const { d = '' }: JsonWebKey = createPrivateKey(key.toPem()).export({ format: 'jwk' });
  return Buffer.from(p256.sign(digest, Buffer.from(d, 'base64url'), { prehash: false }));
}
