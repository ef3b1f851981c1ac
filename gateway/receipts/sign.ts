/** Signing a receipt. */
import { type HeldSigningKey, heldHere } from '../../crypto/signature/keys.ts';
import { signingKeyOfJwk } from '../../crypto/signature/private-jwk.ts';
import type { ReceiptKey } from './receipt-keys.ts';

export type SigningKey = ReceiptKey & { readonly d: string };

/** The key wherever it is: here in the file of keys. Throws CryptoError `unusable`. */
export function heldKeyOf({ jwk: { kty, crv, x, y }, d }: SigningKey): HeldSigningKey {
  return heldHere(signingKeyOfJwk({ kty, crv, x, y, d }));
}

/** r ‖ s, 64 bytes, over the signing input of a JWS (RFC 7515 clause 5.1; RFC 7518 clause 3.4; GM/T 0009 clause 10). */
export function signatureOf(key: HeldSigningKey, signingInput: string): Promise<Buffer> {
  return key.sign(Buffer.from(signingInput, 'ascii'));
}
