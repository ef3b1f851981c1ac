/** The key that the platform signs its trust and lists with, drawn from its seed. Never a key that issues cards. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { CompactSign, calculateJwkThumbprint, type JWK } from 'jose';
import { seeded } from './seed.ts';

export interface PlatformKey {
  /** What gateways are configured with. */
  readonly publicKeyJwk: JWK;
  /** Compact JWS (RFC 7515) under EdDSA with Ed25519, its header naming the key by RFC 7638 thumbprint. */
  sign(payload: Uint8Array): Promise<string>;
}

/** PKCS #8 around the 32 bytes of an Ed25519 private key (RFC 8410, clause 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export function platformKey(seed: string): PlatformKey {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seeded(seed, 'platform signing key', 0, 32)]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKeyJwk: JWK = {
    ...createPublicKey(privateKey).export({ format: 'jwk' }),
    alg: 'EdDSA',
    use: 'sig',
  };
  return {
    publicKeyJwk,
    sign: async (payload) => {
      const kid = await calculateJwkThumbprint(publicKeyJwk);
      return new CompactSign(payload).setProtectedHeader({ alg: 'EdDSA', kid }).sign(privateKey);
    },
  };
}
