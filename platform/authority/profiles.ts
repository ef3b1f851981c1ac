/** Whose algorithms a platform signs with: its trust names the keys of these, and of no others. */
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { TrustDocument } from '../../workers/trust/document.ts';
import { publicPart, type StatusAuthority } from './status.ts';

/** International first, so that whoever knows nothing of profiles finds what was always there. */
export type Profiles = readonly CryptoProfile[];

export const INTERNATIONAL_ALONE: Profiles = ['international'];

/** Throws RangeError where there is none, or one twice. */
export function profilesOf(named: Profiles | undefined): Profiles {
  const all = (['international', 'sm'] as const).filter((profile) => named?.includes(profile));
  if (named === undefined) return INTERNATIONAL_ALONE;
  if (all.length !== named.length || all.length === 0) {
    throw new RangeError('a platform signs with the algorithms of one profile or of both');
  }
  return all;
}

/** Trust with the keys of status of these profiles where it names the city's own; keys of others stay as they are. */
export function trustOf(
  profiles: Profiles,
  { sealing, encryption, sm }: StatusAuthority,
  document: TrustDocument,
): TrustDocument {
  const { statusKeys, statusEncryptionKeys } = document;
  const both = {
    sealing: { international: publicPart(sealing), sm: publicPart(sm.sealing) },
    encryption: { international: publicPart(encryption), sm: publicPart(sm.encryption) },
  };
  const inPlace = <K extends { readonly kid: string }>(own: Record<CryptoProfile, K>, keys: readonly K[]) =>
    keys.flatMap((key) => (key.kid === own.international.kid ? profiles.map((each) => own[each]) : [key]));
  return {
    ...document,
    ...(statusKeys && { statusKeys: inPlace(both.sealing, statusKeys) }),
    ...(statusEncryptionKeys && {
      statusEncryptionKeys: inPlace(both.encryption, statusEncryptionKeys),
    }),
  };
}
