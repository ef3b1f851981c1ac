/** Public keys of devices: P-256 for ES256 and Ed25519 for EdDSA, nothing else. */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { OnecardError } from '../../config/onecard-error.ts';

export type DeviceJwk =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string };

export type DeviceAlgorithm = 'ES256' | 'EdDSA';

/** A key cannot be used for a device; the message says why, and is fit to be shown to the operator. */
export class DeviceKeyError extends OnecardError {
  override readonly name = 'DeviceKeyError';
  readonly code = 'device_key_unusable';
}

/** The one algorithm a key is used with. The token never chooses (RFC 8725 clause 3.1). */
export function algorithmOf(jwk: DeviceJwk): DeviceAlgorithm {
  return jwk.kty === 'EC' ? 'ES256' : 'EdDSA';
}

/** Reads a JWK or a PEM public key. Throws DeviceKeyError, also on a private key: it must not leave the device. */
export function readDevicePublicKey(text: string): DeviceJwk {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) throw privateKeyGiven();
  if (text.trimStart().startsWith('-----BEGIN')) {
    return checkDeviceJwk(exportJwk(importKey(() => createPublicKey(text))));
  }
  let jwk: unknown;
  try {
    jwk = JSON.parse(text);
  } catch (cause) {
    throw new DeviceKeyError('the key is neither a JWK (JSON) nor PEM', { cause });
  }
  return checkDeviceJwk(jwk);
}

/** Narrows a JWK to the members a device key has. Throws DeviceKeyError. */
export function checkDeviceJwk(jwk: unknown): DeviceJwk {
  if (typeof jwk !== 'object' || jwk === null) throw new DeviceKeyError('a JWK is a JSON object');
  const { kty, crv, x, y } = jwk as Record<string, unknown>;
  if ('d' in jwk) throw privateKeyGiven();
  const narrow = narrowed(kty, crv, x, y);
  // The import refuses coordinates that are no point of the curve.
  importDeviceKey(narrow);
  return narrow;
}

export function importDeviceKey(jwk: DeviceJwk): KeyObject {
  return importKey(() => createPublicKey({ key: { ...jwk }, format: 'jwk' }));
}

function narrowed(kty: unknown, crv: unknown, x: unknown, y: unknown): DeviceJwk {
  if (kty === 'EC' && crv === 'P-256' && typeof x === 'string' && typeof y === 'string')
    return { kty, crv, x, y };
  if (kty === 'OKP' && crv === 'Ed25519' && typeof x === 'string') return { kty, crv, x };
  throw new DeviceKeyError('a device key is EC on P-256 (for ES256) or OKP on Ed25519 (for EdDSA)');
}

function exportJwk(key: KeyObject): JsonWebKey {
  try {
    return key.export({ format: 'jwk' });
  } catch (cause) {
    throw new DeviceKeyError('a device key is EC on P-256 or OKP on Ed25519', { cause });
  }
}

function importKey(run: () => KeyObject): KeyObject {
  try {
    return run();
  } catch (cause) {
    throw new DeviceKeyError(`the key cannot be used: ${(cause as Error).message}`, { cause });
  }
}

function privateKeyGiven(): DeviceKeyError {
  return new DeviceKeyError('this is a private key: enrol its public half, and keep this one on the device');
}
