/** Keys of status lists: each for one algorithm, and known by its thumbprint. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import type { StatusListKey } from '../../../workers/trust/document.ts';

export interface ListSigner {
  /** The one algorithm the key is used with. The token never chooses (RFC 8725, clause 3.1). */
  readonly algorithm: 'ES256' | 'EdDSA';
  readonly publicKey: KeyObject;
  readonly thumbprint: string;
}

/** Throws on a key that is no point of its curve; trust with such a key is refused before. */
export function listSigner(jwk: StatusListKey): ListSigner {
  return {
    algorithm: jwk.kty === 'EC' ? 'ES256' : 'EdDSA',
    publicKey: createPublicKey({ key: jwk, format: 'jwk' }),
    thumbprint: keyThumbprint(jwk),
  };
}

/** RFC 7638 with SHA-256, unpadded base64url: the required members only, in alphabetical order. */
export function keyThumbprint(jwk: StatusListKey): string {
  const { crv, kty, x } = jwk;
  const required = jwk.kty === 'EC' ? { crv, kty, x, y: jwk.y } : { crv, kty, x };
  return createHash('sha256').update(JSON.stringify(required)).digest('base64url');
}
