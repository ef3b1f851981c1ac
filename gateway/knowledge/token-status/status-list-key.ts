/** Keys of status lists: each for one algorithm. */
import type { KeyObject } from 'node:crypto';
import { JWS_ALGORITHM, type JwsAlgorithm, verifyingKeyOfJwk } from '../../../crypto/signature/jose.ts';
import { keyObjectOf } from '../../../crypto/signature/key-files.ts';
import type { StatusListKey } from '../../../workers/trust/document.ts';

export interface ListSigner {
  /** The one algorithm the key is used with. The token never chooses (RFC 8725, clause 3.1). */
  readonly algorithm: JwsAlgorithm;
  readonly publicKey: KeyObject;
}

/** Throws on a key that is no point of its curve; trust with such a key is refused before. */
export function listSigner(jwk: StatusListKey): ListSigner {
  const key = verifyingKeyOfJwk(jwk);
  return { algorithm: JWS_ALGORITHM[key.algorithm], publicKey: keyObjectOf(key) };
}

/** The members that make the key, as RFC 7638 clause 3 puts them: of two keys they differ. */
export function keyText(jwk: StatusListKey): string {
  const { crv, kty, x } = jwk;
  return JSON.stringify(jwk.kty === 'EC' ? { crv, kty, x, y: jwk.y } : { crv, kty, x });
}
