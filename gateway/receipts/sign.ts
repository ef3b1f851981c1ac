/** Signing a receipt. */
import { createPrivateKey, sign } from 'node:crypto';
import { sm2Signature } from '../../crypto/signature/sm2-signature.ts';
import { SM2_DEFAULT_ID, sm2Digest } from '../../workers/engine/sm2-digest.ts';
import type { ReceiptKey } from './receipt-keys.ts';

export type SigningKey = ReceiptKey & { readonly d: string };

/** r ‖ s, 64 bytes, over the signing input of a JWS (RFC 7515 clause 5.1; RFC 7518 clause 3.4; GM/T 0009 clause 10). */
export function signatureOf({ jwk, d }: SigningKey, signingInput: string): Buffer {
  const input = Buffer.from(signingInput, 'ascii');
  const { alg, kty, crv, x, y } = jwk;
  if (alg === 'SM2SM3') {
    const publicKey = Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
    return sm2Signature(Buffer.from(d, 'base64url'), sm2Digest(publicKey, SM2_DEFAULT_ID, input));
  }
  const privateKey = createPrivateKey({ format: 'jwk', key: { kty, crv, x, y, d } });
  return sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' });
}
