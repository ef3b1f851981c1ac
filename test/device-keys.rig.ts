/** Key pairs of devices, of the profile under test unless a test names one. */
import type { JsonWebKey } from 'node:crypto';
import type { CryptoProfile } from '../config/crypto-settings.ts';
import { type Jwk, jwkOf } from '../crypto/signature/jose.ts';
import { makeSigningKey } from '../crypto/signature/key-files.ts';
import { privateJwkOf } from '../crypto/signature/private-jwk.ts';
import { TEST_PROFILE } from './crypto-profile.rig.ts';

export interface DeviceKeys {
  readonly publicKeyJwk: Jwk;
  readonly privateKey: JsonWebKey;
}

/** `international`: of the two kinds that profile has. */
export function deviceKeys(
  international: 'ES256' | 'Ed25519' = 'ES256',
  profile: CryptoProfile = TEST_PROFILE,
): DeviceKeys {
  const key = makeSigningKey(profile === 'sm' ? 'SM2' : international);
  return { publicKeyJwk: jwkOf(key.publicKey), privateKey: privateJwkOf(key) };
}
