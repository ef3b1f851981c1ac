/** What a data key is used and kept with, by profile, and how its record names that. */
import { CRYPTO_PROFILES, type CryptoProfile } from '../../../config/crypto-settings.ts';
import type {
  DigestAlgorithm,
  MacAlgorithm,
  SealAlgorithm,
  WrapAlgorithm,
} from '../../../crypto/algorithms.ts';
import { algorithmFor } from '../../../crypto/uses.ts';

export interface KeyProfiles {
  /** Of rows sealed under it, and of the hashes they are found by: as it was drawn. */
  readonly sealedBy: CryptoProfile;
  /** Of its wrapping, and of the digest of it: as it was wrapped last. */
  readonly wrappedBy: CryptoProfile;
}

/** By name, as stores keep them. */
export interface KeyAlgorithms {
  readonly seal: SealAlgorithm;
  readonly index: MacAlgorithm;
  readonly wrap: WrapAlgorithm;
  readonly digest: DigestAlgorithm;
}

export function keyAlgorithms({ sealedBy, wrappedBy }: KeyProfiles): KeyAlgorithms {
  return {
    seal: algorithmFor('register-row', sealedBy),
    index: algorithmFor('register-index', sealedBy),
    wrap: algorithmFor('register-key-wrap', wrappedBy),
    digest: algorithmFor('register-key-digest', wrappedBy),
  };
}

/** Null: they are not used together. */
export function keyProfiles(named: Readonly<Record<keyof KeyAlgorithms, string>>): KeyProfiles | null {
  const sealedBy = CRYPTO_PROFILES.find(
    (profile) =>
      algorithmFor('register-row', profile) === named.seal &&
      algorithmFor('register-index', profile) === named.index,
  );
  const wrappedBy = CRYPTO_PROFILES.find(
    (profile) =>
      algorithmFor('register-key-wrap', profile) === named.wrap &&
      algorithmFor('register-key-digest', profile) === named.digest,
  );
  return sealedBy === undefined || wrappedBy === undefined ? null : { sealedBy, wrappedBy };
}
