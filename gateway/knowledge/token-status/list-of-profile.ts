/** Of a list that is signed with two keys, the one that a gateway of a profile follows. */
import type { CryptoProfile } from '../../../config/crypto-settings.ts';
import { JWS_ALGORITHM } from '../../../crypto/signature/jose.ts';
import type { StatusListSource } from '../../../workers/trust/document.ts';

/** A list with one key, or none, and where it is fetched. */
export interface OwnListSource extends StatusListSource {
  readonly sm2KeyJwk?: never;
  /** Its uri, unless what another key signed is asked for. */
  readonly fetchedAt: string;
}

/** Whose word it is follows from the profile alone, and never from what came. */
export function listOfProfile(source: StatusListSource, profile: CryptoProfile): OwnListSource {
  const { sm2KeyJwk, ...own } = source;
  if (sm2KeyJwk === undefined || profile !== 'sm') return { ...own, fetchedAt: own.uri };
  return { ...own, keyJwk: sm2KeyJwk, fetchedAt: `${own.uri}?alg=${JWS_ALGORITHM.SM2}` };
}
