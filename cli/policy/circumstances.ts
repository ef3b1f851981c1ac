/** A tap that is thought up: what a decision would depend on, from what somebody says of it. */
import type { Group } from '../../config/policy-schema.ts';
import type { Policy } from '../../config/scenes.ts';
import { entitlementsOf, groupsOf, listsOf, RESOLVED } from '../../gateway/tap/4-status/groups.ts';
import type { DecideInput } from '../../gateway/tap/5-decide/decide.ts';
import type { CardState, ListSaid, Mode, PassageFacts } from '../../gateway/verification.ts';
import type { PublicClaims } from '../../workers/claims.ts';
import { RESOLVED_FAMILIES } from '../../workers/families/table.ts';

export interface Circumstances {
  readonly family: string;
  readonly mode: Mode;
  /** `none`: no list could be asked. */
  readonly state: CardState | 'none';
  readonly region: string;
  /** Groups that the holder belongs to, by the first source that can say it of this credential. */
  readonly as: readonly string[];
  /** Further bits of the card. */
  readonly bits: readonly number[];
  readonly claims: PublicClaims;
  /** Of named lists that are not here, whoever taps is not on them. */
  readonly lists: Readonly<Record<string, ListSaid>>;
  /** Null: as who is in turn. */
  readonly passage: 'inside' | 'outside' | 'unknown' | null;
  /** Since when, with `inside`. */
  readonly insideMs: number;
  readonly isUsed: boolean;
  readonly listAgeMs: number;
  /** Whether the budgets of mode `stale` are spent. */
  readonly isSpent: boolean;
}

export const USUAL: Omit<Circumstances, 'family' | 'region'> = {
  mode: 'live',
  state: 'good',
  as: [],
  bits: [],
  claims: {},
  lists: {},
  passage: null,
  insideMs: 3_600_000,
  isUsed: false,
  listAgeMs: 0,
  isSpent: false,
};

const AT_MS = Date.UTC(2026, 10, 30, 8);
const LIST_KEY = new Uint8Array(16);
const UNUSED = { card: 0, device: 0, outage: 0 };
const NOT_RESOLVED = { deny: 'deny.not_resolved', refer: 'refer.not_resolved' } as const;

/** The same circumstances give the same input. */
export function decideInputOf(policy: Policy, of: Circumstances): DecideInput {
  const isResolved = RESOLVED_FAMILIES.has(of.family);
  const isProven = !isResolved || of.mode === 'live';
  const [claims, lists, bits] = evidence(policy, of, isResolved);
  const proofMode = isResolved ? RESOLVED : 'stated';
  const status = statusOf(policy, of, bits);
  const known = {
    state: 'unknown',
    source: 'none',
    ageMs: 0,
    entitlements: 0,
    live: 'not_wanted',
    listKey: null,
  } as const;
  const inList = listsOf(policy.asked, (name) => lists[name] ?? 'absent');
  return {
    ...{ family: of.family, policy, mode: of.mode, atMs: AT_MS, seenBefore: isProven && of.isUsed },
    proof: isProven
      ? { ok: true, code: 'proof.ok', region: of.region, mode: proofMode, claims }
      : {
          ok: false,
          code: NOT_RESOLVED[policy.token_offline ?? 'deny'],
          region: null,
          mode: null,
          claims: {},
        },
    replayableMs: 0,
    status: isProven ? status : known,
    groups: isProven
      ? groupsOf(policy.asked, {
          ...{ family: of.family, claims, lists: inList },
          entitlements: entitlementsOf(status, proofMode),
        })
      : {},
    lists: isProven ? inList : {},
    passage: isProven ? passageOf(policy, of) : null,
    budget: of.mode === 'stale' && status.source === 'list' && !of.isSpent ? UNUSED : null,
  };
}

function statusOf(
  { live }: Policy,
  { mode, state, listAgeMs }: Circumstances,
  bits: number,
): DecideInput['status'] {
  const isLive = mode === 'live' && live !== 'never' && state !== 'none' && state !== 'not_covered';
  const isKnown = state !== 'none' && state !== 'unknown' && state !== 'not_covered';
  return {
    state: state === 'none' ? 'unknown' : state,
    source: isLive ? 'live' : state === 'none' ? 'none' : 'list',
    ageMs: isLive || state === 'none' ? 0 : listAgeMs,
    entitlements: isKnown ? bits : 0,
    live: liveOf(live, mode, state),
    listKey: state === 'none' ? null : LIST_KEY,
  };
}

function liveOf(
  wanted: Policy['live'],
  mode: Mode,
  state: Circumstances['state'],
): DecideInput['status']['live'] {
  if (wanted === 'never') return 'not_wanted';
  if (mode !== 'live' || state === 'none') return 'not_asked';
  return state === 'unknown' || state === 'not_covered' ? state : 'answered';
}

type Evidence = readonly [claims: PublicClaims, lists: Record<string, ListSaid>, bits: number];

/** Each group by the first of its sources that can say it. */
function evidence({ asked }: Policy, of: Circumstances, isResolved: boolean): Evidence {
  const claims: Record<string, string | number | boolean> = { ...of.claims };
  const lists: Record<string, ListSaid> = { ...of.lists };
  let bits = of.bits.reduce((all, bit) => (all | (1 << bit)) >>> 0, 0);
  const hasBits = !isResolved && of.state !== 'none' && of.state !== 'unknown' && of.state !== 'not_covered';
  for (const { group, from } of asked?.groups ?? []) {
    if (!of.as.includes(group)) continue;
    const source = from.find((each) => canSay(each, of.family, hasBits));
    if (source === undefined) continue;
    if ('card_bit' in source) bits = (bits | (1 << source.card_bit)) >>> 0;
    else if ('list' in source) lists[source.list] = 'member';
    else claims[source.claim] = source.in[0] ?? true;
  }
  return [claims, lists, bits];
}

function canSay(source: Group['from'][number], family: string, hasBits: boolean): boolean {
  if ('card_bit' in source) return hasBits;
  return 'list' in source || source.family === undefined || source.family === family;
}

function passageOf({ direction }: Policy, { passage, insideMs }: Circumstances): PassageFacts | null {
  if (direction === undefined) return null;
  const state = passage ?? (direction.passes === 'entry' ? 'outside' : 'inside');
  return { state, sinceMs: state === 'inside' ? AT_MS - insideMs : 0 };
}
