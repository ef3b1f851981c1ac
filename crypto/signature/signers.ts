/** Keys of others, by name, and whether what they sign is taken under the profile in force. */
import type { TakenProfiles } from '../../config/crypto-settings.ts';
import { isTaken } from '../accepted.ts';
import type { UseName } from '../uses.ts';
import type { VerifyingKey } from './keys.ts';
import { type Verifier, verifierOf } from './verify.ts';

export interface Signer extends Verifier {
  /** False: of the other profile. What it signed is known for good, and refused all the same. */
  readonly isTaken: boolean;
}

/** By kid. */
export type Signers = ReadonlyMap<string, Signer>;

/** `use`: what they sign. Throws CryptoError `unusable` where a key is none. */
export function signersOf(
  use: UseName,
  keys: Iterable<readonly [kid: string, publicKey: VerifyingKey]>,
  crypto: TakenProfiles,
): Signers {
  const signers = new Map<string, Signer>();
  for (const [kid, publicKey] of keys) {
    signers.set(kid, { ...verifierOf(publicKey), isTaken: isTaken(use, publicKey.algorithm, crypto) });
  }
  return signers;
}

/** The same for what was taken before and is kept: it stays good when the profile changes. */
export function allTaken(signers: Signers): Signers {
  return new Map([...signers].map(([kid, signer]) => [kid, { ...signer, isTaken: true }] as const));
}
