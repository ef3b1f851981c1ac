/** Which algorithms are taken of what others made: devices, the platform, desks. */
import { CRYPTO_PROFILES, type CryptoProfile, type TakenProfiles } from '../config/crypto-settings.ts';
import { ALGORITHMS, type Algorithm } from './algorithms.ts';
import { algorithmFor, type UseName } from './uses.ts';

/** Whose names are looked for: those of the profile, which is the first; of both while the gateway changes over. */
export function profilesInForce({
  profile,
  changing_over: isChanging,
}: TakenProfiles): readonly [CryptoProfile, ...CryptoProfile[]] {
  return [profile, ...(isChanging ? CRYPTO_PROFILES.filter((other) => other !== profile) : [])];
}

/** Any algorithm of the profile; of both profiles while the gateway changes over. */
export function isAccepted(algorithm: Algorithm, taken: TakenProfiles): boolean {
  return profilesInForce(taken).includes(profileOf(algorithm));
}

/** The one algorithm that the use has in the profile; while the gateway changes over, that of the other too. */
export function isTaken(use: UseName, algorithm: Algorithm, taken: TakenProfiles): boolean {
  return profilesInForce(taken).some((profile) => algorithmFor(use, profile) === algorithm);
}

export function profileOf(algorithm: Algorithm): CryptoProfile {
  return ALGORITHMS[algorithm].profile;
}
