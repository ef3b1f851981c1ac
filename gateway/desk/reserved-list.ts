/** What the named list `reserved-guests` says of a card's holder: keyed hashes of what he or she is called (docs/platform.md, Matches). */
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { digestOf } from '../../crypto/digest.ts';
import { profileOfDigest } from '../../crypto/named-digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import type { CardList } from '../../lists/card-list.ts';
import { disclosed } from '../../workers/claims.ts';
import type { ShownCredential } from '../verification.ts';
import type { MatchAnswer, MatchDigests, MatchSaid } from './desk-core.ts';

export const RESERVED_GUESTS = 'reserved-guests';
/** Issuers that entries are under, by the algorithm of their digests. */
const MATCH_ISSUER = { international: 'match', sm: 'match-sm3' } as const satisfies Record<
  CryptoProfile,
  string
>;

export const NOBODY_MATCHED: MatchAnswer = {
  kind: 'match',
  name: 'unknown',
  documentNumber: 'unknown',
  source: 'none',
  ageMs: 0,
};

/** Null: the list does not know the card, or is not to be used any more. */
export function matchByList(
  list: Pick<CardList, 'head' | 'lookup'> | null,
  credential: Pick<ShownCredential, 'issuer' | 'credentialId'>,
  { name, documentNumber }: MatchDigests,
  nowMs: number,
): MatchAnswer | null {
  if (list === null || nowMs > list.head.staleUntilMs) return null;
  const profile = profileOfDigest(name);
  const holds = (kind: 'card' | 'name' | 'number', digest: string) =>
    list.lookup(MATCH_ISSUER[profile], entryId(kind, credential, digest, profile)).state === 'good';
  if (!holds('card', '')) return null;
  const said = (is: boolean): MatchSaid => (is ? 'yes' : 'no');
  return {
    kind: 'match',
    name: said(holds('name', name)),
    documentNumber: documentNumber === null ? 'unknown' : said(holds('number', documentNumber)),
    source: 'list',
    ageMs: Math.max(0, nowMs - list.head.issuedAtMs),
  };
}

function entryId(
  kind: string,
  { issuer, credentialId }: Pick<ShownCredential, 'issuer' | 'credentialId'>,
  digest: string,
  profile: CryptoProfile,
): string {
  const name = [kind, issuer, disclosed(credentialId), digest].join('\0');
  return digestOf(algorithmFor('reserved-guest', profile), Buffer.from(name, 'utf8')).toString('hex');
}
