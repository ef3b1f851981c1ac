/** Which algorithms are taken of what comes from outside, by the settings of cryptography. */
import { CRYPTO_PROFILES, type CryptoProfile, type TakenProfiles } from '../config/crypto-settings.ts';
import { ALGORITHMS, type Algorithm } from './algorithms.ts';
import { algorithmFor, type UseName } from './uses.ts';

/** The one that the use has in this profile; while it is being changed over to, that of the other too. */
export function isTaken(use: UseName, algorithm: Algorithm, crypto: TakenProfiles): boolean {
  const profiles = crypto.changing_over ? CRYPTO_PROFILES : [crypto.profile];
  return profiles.some((profile) => algorithmFor(use, profile) === algorithm);
}

export function profileOf(algorithm: Algorithm): CryptoProfile {
  return ALGORITHMS[algorithm].profile;
}
