/**
 * The key of receipts in a token or a cipher machine. Its public half stands in the file of keys, so that a gateway can start, and
 * receipts verify, while whoever holds it is away.
 */
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { CryptoError } from '../../crypto/crypto-error.ts';
import type { KeyHolder } from '../../crypto/key-holder.ts';
import { jwkOf, verifyingKeyOfJwk } from '../../crypto/signature/jose.ts';
import type { HeldSigningKey } from '../../crypto/signature/keys.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import { type ReceiptAlgorithm, SIGNED_IN } from './receipt.ts';
import { type PublicJwk, readKeys, signs, thumbprint } from './receipt-keys.ts';

export interface HeldReceiptKey {
  readonly alg: ReceiptAlgorithm;
  /** Who holds it, and under which name: `sdf 4`. */
  readonly place: string;
  readonly key: HeldSigningKey;
}

export const placeOf = (kind: string, label: string) => `${kind} ${label}`;

/** `file`: of the keys. Rejects with CryptoError where it cannot be had, and was not seen before. */
export async function heldReceiptKey(
  holder: KeyHolder,
  label: string,
  profile: CryptoProfile,
  file: string,
): Promise<HeldReceiptKey> {
  const [alg] = SIGNED_IN[profile];
  const place = placeOf(holder.kind, label);
  try {
    const key = await holder.signingKey(label, algorithmFor('receipt-signature', profile));
    return { alg, place, key };
  } catch (error) {
    const known = (readKeys(file) ?? []).find((each) => signs(each) && each.held === place);
    const isAway = error instanceof CryptoError && error.code === 'held_elsewhere';
    if (!isAway || known === undefined) throw error;
    return { alg, place, key: knownKey(holder, label, known.jwk) };
  }
}

/** As the file of keys names it. */
export function heldKid({ alg, key }: HeldReceiptKey): string {
  const jwk = jwkOf(key.publicKey);
  return jwk.kty === 'EC' ? thumbprint({ alg, ...jwk }) : '';
}

/** A key of the file, wherever its private half is: nothing is asked. */
export function knownKey(holder: KeyHolder, label: string, { kty, crv, x, y }: PublicJwk): HeldSigningKey {
  return holder.knownSigningKey(label, verifyingKeyOfJwk({ kty, crv, x, y }));
}
