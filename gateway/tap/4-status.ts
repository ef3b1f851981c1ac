/** Stage 4. What the issuer says of a proven credential, from the card list in force. */
import type { ProofFacts } from '../../workers/contract.ts';
import type { StatusRecord } from '../journal/record.ts';
import type { DocumentList as CardList } from '../lists/document-list.ts';
import type { Mode } from './tap.ts';

const UNASKED: StatusRecord = {
  state: 'unknown',
  source: 'none',
  listRevision: null,
  ageMs: 0,
  entitlements: 0,
};

/** `list` is the one revision this tap sees. Null facts: nothing was proven, so nothing is asked. */
export function statusOf(facts: ProofFacts | null, list: CardList | null, atMs: number): StatusRecord {
  if (facts === null || list === null) return UNASKED;
  const { state, entitlements } = list.lookup(facts.issuer, facts.credentialId);
  return {
    state,
    source: 'list',
    listRevision: list.revision,
    ageMs: Math.max(0, atMs - list.issuedAtMs),
    entitlements,
  };
}

/** Without live status there are three modes: fresh lists, stale lists, none. */
export function modeOf(list: CardList | null, atMs: number): Mode {
  if (list === null || atMs > list.staleUntilMs) return 'closed';
  return atMs > list.freshUntilMs ? 'stale' : 'lists';
}
