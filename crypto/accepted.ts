/** Which algorithms are taken of what others signed: devices, the platform, desks. */
import type { Static } from 'typebox';
import { CRYPTO_PROFILES, type CryptoProfile, type CryptoSchema } from '../config/crypto-settings.ts';
import { ALGORITHMS, type Algorithm } from './algorithms.ts';

export type CryptoSettings = Pick<Static<typeof CryptoSchema>, 'profile' | 'changing_over'>;

/** Whose names are looked for: those of the profile, which is the first; of both while the gateway changes over. */
export function profilesInForce({
  profile,
  changing_over: isChanging,
}: CryptoSettings): readonly [CryptoProfile, ...CryptoProfile[]] {
  return [profile, ...(isChanging ? CRYPTO_PROFILES.filter((other) => other !== profile) : [])];
}

/** Those of the profile; of both profiles while the gateway changes over. */
export function isAccepted(algorithm: Algorithm, { profile, changing_over }: CryptoSettings): boolean {
  return changing_over || ALGORITHMS[algorithm].profile === profile;
}
