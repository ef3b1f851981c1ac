/**
 * Private keys as JWK (RFC 7518 clause 6.2.2, RFC 8037 clause 2); those of SM2 as GM/T 0125.2 has them, `d` as on other curves.
 * node:crypto knows no JWK of SM2.
 */
import { createECDH, createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { CryptoError } from '../crypto-error.ts';
import { type Jwk, jwkOf, verifyingKeyOfJwk } from './jose.ts';
import { SM2_PKCS8_HEAD, signingKeyOf, sm2Scalar } from './key-files.ts';
import type { SigningKey } from './keys.ts';

export type PrivateJwk = Jwk & { readonly d: string };

/** PKCS #8 of a key of SM2 between its scalar and its point: [1] BIT STRING, uncompressed (SEC 1 clause C.4). */
const POINT_HEAD = Buffer.from('a14403420004', 'hex');
const SCALAR = /^[A-Za-z0-9_-]{43}$/;

/** Throws CryptoError `unusable`, which never says what the JWK holds. */
export function signingKeyOfJwk(jwk: unknown): SigningKey {
  if (typeof jwk !== 'object' || jwk === null) throw new CryptoError('unusable', 'a JWK is a JSON object');
  return signingKeyOf('crv' in jwk && jwk.crv === 'SM2' ? sm2PrivateKey(jwk) : otherPrivateKey(jwk));
}

export function privateJwkOf(key: SigningKey): PrivateJwk {
  const { publicKey } = key;
  const object = createPrivateKey(key.toPem());
  const d =
    publicKey.algorithm === 'SM2'
      ? sm2Scalar(object).toString('base64url')
      : String(object.export({ format: 'jwk' }).d);
  return { ...jwkOf(publicKey), d };
}

function otherPrivateKey(jwk: object): KeyObject {
  try {
    return createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' });
  } catch (cause) {
    throw new CryptoError('unusable', 'this is no private key as JWK', { cause });
  }
}

function sm2PrivateKey(jwk: object): KeyObject {
  const { d, ...publicJwk } = jwk as Record<string, unknown>;
  if (typeof d !== 'string' || !SCALAR.test(d)) {
    throw new CryptoError('unusable', '"d" of a private key of SM2 is 32 bytes in base64url');
  }
  const scalar = Buffer.from(d, 'base64url');
  const { bytes } = verifyingKeyOfJwk(publicJwk);
  // A point that is another key's would sign under a name that nothing verifies.
  if (!pointOf(scalar).equals(bytes)) {
    throw new CryptoError('unusable', 'the halves of this key of SM2 do not belong together');
  }
  const der = Buffer.concat([SM2_PKCS8_HEAD, scalar, POINT_HEAD, bytes]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/** X ‖ Y. */
function pointOf(scalar: Buffer): Buffer {
  const curve = createECDH('SM2');
  try {
    curve.setPrivateKey(scalar);
  } catch (cause) {
    throw new CryptoError('unusable', '"d" is no private key of SM2', { cause });
  }
  return curve.getPublicKey().subarray(1);
}
