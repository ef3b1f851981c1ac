/** What the named list `reserved-guests` says of a card's holder: keyed hashes of what he or she is called (docs/platform.md, Matches). */
import { createHash } from 'node:crypto';
import type { CardList } from '../../lists/card-list.ts';
import { disclosed } from '../../workers/claims.ts';
import type { ShownCredential } from '../verification.ts';
import type { MatchAnswer, MatchDigests, MatchSaid } from './desk-core.ts';

export const RESERVED_GUESTS = 'reserved-guests';
const MATCH_ISSUER = 'match';

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
  const holds = (kind: 'card' | 'name' | 'number', digest: string) =>
    list.lookup(MATCH_ISSUER, entryId(kind, credential, digest)).state === 'good';
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
): string {
  return createHash('sha256')
    .update([kind, issuer, disclosed(credentialId), digest].join('\0'))
    .digest('hex');
}
