/** Which algorithms are taken of what others signed: devices, the platform, desks. */
import type { Static } from 'typebox';
import type { CryptoSchema } from '../config/crypto-settings.ts';
import { ALGORITHMS, type Algorithm } from './algorithms.ts';

export type CryptoSettings = Pick<Static<typeof CryptoSchema>, 'profile' | 'changing_over'>;

/** Those of the profile; of both profiles while the gateway changes over. */
export function isAccepted(algorithm: Algorithm, { profile, changing_over }: CryptoSettings): boolean {
  return changing_over || ALGORITHMS[algorithm].profile === profile;
}
