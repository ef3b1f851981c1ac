/** Public keys of devices: P-256 for ES256, Ed25519 for EdDSA and SM2 for SGD_SM3_SM2 (GM/T 0125.1), nothing else. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { OnecardError } from '../../config/onecard-error.ts';
import { ALGORITHMS, type SignatureAlgorithm } from '../../crypto/algorithms.ts';
import { type Jwk, type JwsAlgorithm, jwkOf, verifyingKeyOfJwk } from '../../crypto/signature/jose.ts';
import { verifyingKeyOfObject } from '../../crypto/signature/key-files.ts';

export type DeviceJwk = Jwk;
export type DeviceAlgorithm = JwsAlgorithm;

/** A key cannot be used for a device; the message says why, and is fit to be shown to the operator. */
export class DeviceKeyError extends OnecardError {
  override readonly name = 'DeviceKeyError';
  readonly code = 'device_key_unusable';
}

const ALGORITHM_OF_CURVE = {
  'P-256': 'ES256',
  Ed25519: 'Ed25519',
  SM2: 'SM2',
} as const satisfies Record<DeviceJwk['crv'], SignatureAlgorithm>;

/** The one algorithm a key is used with. The token never chooses (RFC 8725 clause 3.1). */
export function algorithmOf({ crv }: DeviceJwk): SignatureAlgorithm {
  return ALGORITHM_OF_CURVE[crv];
}

export function profileOf(jwk: DeviceJwk): CryptoProfile {
  return ALGORITHMS[algorithmOf(jwk)].profile;
}

/** Reads a JWK or a PEM public key. Throws DeviceKeyError, also on a private key: it must not leave the device. */
export function readDevicePublicKey(text: string): DeviceJwk {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) throw privateKeyGiven();
  if (text.trimStart().startsWith('-----BEGIN')) return jwkOfPem(text);
  let jwk: unknown;
  try {
    jwk = JSON.parse(text);
  } catch (cause) {
    throw new DeviceKeyError('the key is neither a JWK (JSON) nor PEM', { cause });
  }
  return checkDeviceJwk(jwk);
}

function jwkOfPem(text: string): DeviceJwk {
  const key = importKey(() => createPublicKey(text));
  try {
    return jwkOf(verifyingKeyOfObject(key));
  } catch (cause) {
    throw new DeviceKeyError(KINDS, { cause });
  }
}

/** Narrows a JWK to the members a device key has. Throws DeviceKeyError. */
export function checkDeviceJwk(jwk: unknown): DeviceJwk {
  if (typeof jwk !== 'object' || jwk === null) throw new DeviceKeyError('a JWK is a JSON object');
  const { kty, crv, x, y } = jwk as Record<string, unknown>;
  if ('d' in jwk) throw privateKeyGiven();
  const narrow = narrowed(kty, crv, x, y);
  // The import refuses coordinates that are no point of the curve.
  if (narrow.crv === 'SM2') importKey(() => verifyingKeyOfJwk(narrow));
  else importDeviceKey(narrow);
  return narrow;
}

/** Of P-256 or Ed25519: node:crypto knows no JWK of SM2. Throws DeviceKeyError. */
export function importDeviceKey(jwk: DeviceJwk): KeyObject {
  return importKey(() => createPublicKey({ key: { ...jwk }, format: 'jwk' }));
}

function narrowed(kty: unknown, crv: unknown, x: unknown, y: unknown): DeviceJwk {
  if (kty === 'EC' && (crv === 'P-256' || crv === 'SM2') && typeof x === 'string' && typeof y === 'string')
    return { kty, crv, x, y };
  if (kty === 'OKP' && crv === 'Ed25519' && typeof x === 'string') return { kty, crv, x };
  throw new DeviceKeyError(KINDS);
}

const KINDS =
  'a device key is EC on P-256 (for ES256) or SM2 (for SGD_SM3_SM2), or OKP on Ed25519 (for EdDSA)';

function importKey<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new DeviceKeyError(`the key cannot be used: ${(cause as Error).message}`, { cause });
  }
}

function privateKeyGiven(): DeviceKeyError {
  return new DeviceKeyError('this is a private key: enrol its public half, and keep this one on the device');
}
