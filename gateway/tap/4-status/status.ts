/**
 * Stage 4. What is known of a proven credential: from the card list in force, from the platform where the policy wants
 * that, and from the status list that the credential itself refers to.
 * Pure: whoever calls has asked already.
 *
 * The platform's answer goes before the list's, unless the list holds something against the card that is newer.
 * "Unknown", "not covered" and "could not ask" stay three things.
 */

import type { Policy } from '../../../config/scenes.ts';
import type { CardStatus, ListHead } from '../../../lists/list-handle.ts';
import { disclosed } from '../../../workers/claims.ts';
import type { CredentialFacts } from '../../../workers/contract.ts';
import type { ModeState } from '../../knowledge/mode/mode.ts';
import type { TokenStatus } from '../../knowledge/token-status/token-status-lists.ts';
import type { LiveAnswer } from '../../live/live-answer.ts';
import type { ListSaid, Mode, StatusFacts } from '../../verification.ts';
import { withTokenStatus } from './token-status.ts';

/** What a tap needs of a list: one revision of it, whole. */
export interface ListInForce {
  readonly head: Pick<ListHead, 'issuedAtMs' | 'freshUntilMs' | 'staleUntilMs'>;
  readonly revision: string;
  /** The card's key on this list, 16 bytes, whether it is on it or not. */
  keyOf(issuer: string, credentialId: string): Uint8Array;
  lookupKey(issuer: string, key: Uint8Array): CardStatus;
}

/** Members of a named list are the cards that are `good` on it. */
export interface NamedListInForce {
  readonly head: Pick<ListHead, 'staleUntilMs'>;
  lookup(issuer: string, credentialId: string): CardStatus;
}

/** What is asked of a credential, beside the credential itself. */
export interface StatusSources {
  readonly cards: ListInForce | null;
  readonly live: LiveAnswer | NotWanted;
  /** What the status list says that the facts refer to. Default: nothing. Not looked at when they refer to none. */
  readonly token?: TokenStatus | null;
}

interface NotWanted {
  readonly kind: 'not_wanted';
}

export const NOT_WANTED: NotWanted = { kind: 'not_wanted' };
/** The policy wants an answer, and the platform was not asked. */
export const NOT_ASKED: LiveAnswer = { kind: 'not_asked' };

const UNPROVEN: StatusFacts = {
  state: 'unknown',
  source: 'none',
  listRevision: null,
  ageMs: 0,
  entitlements: 0,
  live: 'not_wanted',
  listKey: null,
};

const NO_LIST = { state: 'unknown', entitlements: 0 } as const;

/** Whether the scene would have the platform asked: not of what it refuses whatever the platform says. */
export function wantsLive(
  policy: Policy,
  family: string,
  facts: CredentialFacts | null,
): facts is CredentialFacts {
  if (policy.live === 'never' || facts === null) return false;
  return policy.families.includes(family) && policy.regions.includes(facts.region);
}

/** Null facts: nothing was proven, so nothing is asked. */
export function statusOf(facts: CredentialFacts | null, sources: StatusSources, atMs: number): StatusFacts {
  if (facts === null) return UNPROVEN;
  const status = cardStatusOf(facts, sources, atMs);
  return facts.statusReference === undefined ? status : withTokenStatus(status, sources.token ?? null, atMs);
}

/** What is known of it as a card. */
function cardStatusOf(facts: CredentialFacts, { cards, live }: StatusSources, atMs: number): StatusFacts {
  const { issuer, credentialId } = facts;
  const listKey = cards === null ? null : cards.keyOf(issuer, disclosed(credentialId));
  const listed = cards === null || listKey === null ? NO_LIST : cards.lookupKey(issuer, listKey);
  const said = liveGoesFirst(live, listed.state, cards) ? live : null;
  const since = said === null ? cards?.head.issuedAtMs : said.asOfMs;
  return {
    state: said === null ? listed.state : said.kind === 'unknown' ? 'unknown' : said.state,
    source: said !== null ? 'live' : cards === null ? 'none' : 'list',
    listRevision: cards === null ? null : cards.revision,
    ageMs: since === undefined ? 0 : Math.max(0, atMs - since),
    entitlements: said === null ? listed.entitlements : said.kind === 'unknown' ? 0 : said.entitlements,
    live: live.kind,
    listKey,
  };
}

type Told = Extract<LiveAnswer, { readonly asOfMs: number }>;

/** What the list holds against a card counts when it is newer than what the platform said. */
function liveGoesFirst(
  live: LiveAnswer | NotWanted,
  listed: CardStatus['state'],
  cards: ListInForce | null,
): live is Told {
  if (live.kind !== 'answered' && live.kind !== 'unknown') return false;
  const bad = listed !== 'good' && listed !== 'unknown' && listed !== 'not_covered';
  return !(bad && cards !== null && cards.head.issuedAtMs > live.asOfMs);
}

/** What a named list says of a card. Null: there is none. */
export function membership(
  { issuer, credentialId }: CredentialFacts,
  named: NamedListInForce | null,
  atMs: number,
): ListSaid {
  if (named === null || atMs > named.head.staleUntilMs) return 'no_list';
  return named.lookup(issuer, disclosed(credentialId)).state === 'good' ? 'member' : 'absent';
}

/** Where nobody keeps the mode: it follows from the list alone, and the platform is never asked. */
export function modeByList(list: Pick<ListInForce, 'head'> | null, atMs: number): Mode {
  if (list === null || atMs > list.head.staleUntilMs) return 'closed';
  return atMs > list.head.freshUntilMs ? 'stale' : 'lists';
}

/** `modeByList` as the state of a mode. */
export function modeStateByList(list: Pick<ListInForce, 'head'> | null, atMs: number): ModeState {
  return { mode: modeByList(list, atMs), forced: false, sinceMs: atMs, mayAskLive: false };
}
