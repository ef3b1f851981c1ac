/** Device tokens: short-lived, bound to one gateway or one cluster, good once (docs/protocol.md, "Device tokens"). */
import { createPrivateKey, type JsonWebKey, KeyObject, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';

export const DEVICE_TOKEN_TYPE = 'onecard-device+jwt';

/** The private key a device was enrolled with: P-256 or Ed25519. */
export type DevicePrivateKey = JsonWebKey | KeyObject;

export interface DeviceTokenOptions {
  readonly deviceId: string;
  readonly privateKey: DevicePrivateKey;
  /** The gateway's name, or that of its cluster. */
  readonly gatewayId: string;
  /** The gateway's time as far as it is known, milliseconds since 1970 UTC. Default: this machine's. */
  readonly nowMs?: number;
  /** At most 120 s, which is also the longest a gateway takes. Default: 60 s. */
  readonly lifetimeMs?: number;
}

/** Throws TypeError for a key that is neither P-256 nor Ed25519. */
export function createDeviceToken(options: DeviceTokenOptions): Promise<string> {
  const { deviceId, gatewayId } = options;
  const key = deviceKey(options.privateKey);
  const issuedAt = Math.floor((options.nowMs ?? Date.now()) / 1_000);
  return new SignJWT()
    .setProtectedHeader({ alg: algorithmOf(key), typ: DEVICE_TOKEN_TYPE, kid: deviceId })
    .setIssuer(deviceId)
    .setSubject(deviceId)
    .setAudience(gatewayId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + Math.ceil((options.lifetimeMs ?? 60_000) / 1_000))
    .setJti(randomUUID())
    .sign(key);
}

/** The key as node:crypto holds it. Throws TypeError or node:crypto's own error when it is not a private key. */
export function deviceKey(privateKey: DevicePrivateKey): KeyObject {
  return privateKey instanceof KeyObject ? privateKey : createPrivateKey({ key: privateKey, format: 'jwk' });
}

/** JWS algorithm (RFC 7518 clause 3.4, RFC 8037 clause 3.1). */
function algorithmOf(key: KeyObject): 'ES256' | 'EdDSA' {
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA';
  if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256';
  throw new TypeError('a device key is P-256 or Ed25519');
}
