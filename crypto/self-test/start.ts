/** Which known answers are asked for before a gateway starts. */
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { INTERNATIONAL_ANSWERS } from './international.ts';
import type { KnownAnswer } from './known-answer.ts';
import { PASSWORD_ANSWERS } from './passwords.ts';
import { SM_ANSWERS } from './sm.ts';

/**
 * Of all that a gateway of this profile makes or reads. In `sm` that is both: what was kept under the other profile stays
 * readable, and TUF and foreign credentials are verified by their own algorithms.
 */
export function answersAtStart(profile: CryptoProfile, withPasswords: boolean): readonly KnownAnswer[] {
  return [
    ...INTERNATIONAL_ANSWERS,
    ...(profile === 'sm' ? SM_ANSWERS : []),
    ...(withPasswords ? PASSWORD_ANSWERS : []),
  ];
}
