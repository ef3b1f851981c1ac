/** Signing a receipt with a key of this process. */
import { type HeldSigningKey, heldHere } from '../../crypto/signature/keys.ts';
import { signingKeyOfJwk } from '../../crypto/signature/private-jwk.ts';
import type { ReceiptKey } from './receipt-keys.ts';

/** Each is made once: what node:crypto holds of a key is outside the heap, and is not given back for long. */
const held = new WeakMap<ReceiptKey, HeldSigningKey>();

/** Of a key whose private half is in the file of keys. Throws CryptoError `unusable`. */
export function keyInFile(key: ReceiptKey): HeldSigningKey {
  const { jwk, d } = key;
  const { kty, crv, x, y } = jwk;
  const known = held.get(key) ?? heldHere(signingKeyOfJwk({ kty, crv, x, y, d }));
  held.set(key, known);
  return known;
}

/** r ‖ s, 64 bytes, over the signing input of a JWS (RFC 7515 clause 5.1; RFC 7518 clause 3.4; GM/T 0009 clause 10). */
export function signatureOf(key: HeldSigningKey, signingInput: string): Promise<Buffer> {
  return key.sign(Buffer.from(signingInput, 'ascii'));
}
