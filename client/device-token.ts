/** Device tokens: short-lived, bound to one gateway or one cluster, good once (docs/protocol.md, "Device tokens"). */
import { type JsonWebKey, KeyObject, randomUUID } from 'node:crypto';
import { JWS_ALGORITHM } from '../crypto/signature/jose.ts';
import { signingKeyOf } from '../crypto/signature/key-files.ts';
import type { SigningKey } from '../crypto/signature/keys.ts';
import { signingKeyOfJwk } from '../crypto/signature/private-jwk.ts';

export const DEVICE_TOKEN_TYPE = 'onecard-device+jwt';

/** The private key a device was enrolled with: P-256, Ed25519 or SM2. */
export type DevicePrivateKey = JsonWebKey | KeyObject;

interface TokenContent {
  readonly deviceId: string;
  /** The gateway's name, or that of its cluster. */
  readonly gatewayId: string;
  /** The gateway's time as far as it is known, milliseconds since 1970 UTC. Default: this machine's. */
  readonly nowMs?: number;
  /** At most 120 s, which is also the longest a gateway takes. Default: 60 s. */
  readonly lifetimeMs?: number;
}

export interface DeviceTokenOptions extends TokenContent {
  readonly privateKey: DevicePrivateKey;
}

/** Throws TypeError for a key that is none of P-256, Ed25519 and SM2. */
export function createDeviceToken(options: DeviceTokenOptions): Promise<string> {
  return Promise.resolve(signDeviceToken(deviceKey(options.privateKey), options));
}

/** As the device keeps it for many tokens. Throws TypeError as `createDeviceToken`. */
export function deviceKey(privateKey: DevicePrivateKey): SigningKey {
  try {
    return privateKey instanceof KeyObject ? signingKeyOf(privateKey) : signingKeyOfJwk(privateKey);
  } catch (cause) {
    throw new TypeError('a device key is a private key of P-256, Ed25519 or SM2', { cause });
  }
}

/** `tokenId`: never the same twice; default: drawn at random. */
export function signDeviceToken(
  key: SigningKey,
  {
    deviceId,
    gatewayId,
    nowMs = Date.now(),
    lifetimeMs = 60_000,
    tokenId = randomUUID(),
  }: TokenContent & { readonly tokenId?: string },
): string {
  const iat = Math.floor(nowMs / 1_000);
  const exp = iat + Math.ceil(lifetimeMs / 1_000);
  const header = { alg: JWS_ALGORITHM[key.publicKey.algorithm], typ: DEVICE_TOKEN_TYPE, kid: deviceId };
  const claims = { iss: deviceId, sub: deviceId, aud: gatewayId, iat, exp, jti: tokenId };
  const input = `${encoded(header)}.${encoded(claims)}`;
  return `${input}.${key.sign(Buffer.from(input)).toString('base64url')}`;
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
