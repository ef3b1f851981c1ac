/**
 * Stage 5. A pure function: the same facts give the same decision, so that any decision can be judged again.
 *
 * The first row that applies decides:
 *
 * | # | when | then |
 * |---|---|---|
 * | 1 | not proven | deny with the code of the proof. In mode `closed`, where the scene opens: `allow.closed` if only trust that may be out of date stands against it |
 * | 2 | family not of the scene | `deny.family_not_accepted` |
 * | 3 | region not of the scene | `deny.region_not_accepted` |
 * | 4 | nothing binds it to who shows it, and the scene wants that | `deny.holder_not_bound` |
 * | 5 | used before | `deny.replayed` |
 * | 6 | could be shown again for too long | `deny.replayable_too_long` |
 * | 7 | mode `closed` | `*.closed`, by `closed` |
 * | 8 | suspended, lost, replaced, cancelled | `deny.status_*` |
 * | 9 | live status required, could not be asked | `*.could_not_ask`; `allow`: the rows below decide |
 * | 10 | a named list wanted, the card is not on it | `*.not_named` |
 * | 11 | a named list wanted, not at hand | `*.named_list_missing`; `allow`: the rows below decide |
 * | 12 | issuer not covered, by the list or by the platform whose answer is required | `*.not_covered` |
 * | 13 | no list could be asked | `*.no_list`, by `list_too_old` |
 * | 14 | the list is older than the policy takes | `*.list_too_old` |
 * | 15 | unknown | `*.unlisted`, `*.status_unknown`; in mode `stale` on a list's word by `stale.unlisted` |
 * | 16 | otherwise | `allow.good` |
 *
 * Used before (5) means allowed or referred before: what any row denies uses nothing up (`used-up.ts`).
 *
 * And where rows 12 to 16 allow, in mode `stale` on the word of the list: `*.risk_budget_spent` when a budget is spent.
 */
import { type Code, codeEntry } from '../../../config/codes.ts';
import type { Policy } from '../../../config/scenes.ts';
import type { BudgetFacts, Mode, Outcome, StatusFacts, VerdictFacts } from '../../verification.ts';

/** All that a decision depends on. The clock is in `status.ageMs` and in the mode. */
export interface DecideInput {
  readonly family: string;
  readonly policy: Policy;
  readonly proof: Pick<VerdictFacts, 'ok' | 'code' | 'region' | 'claims'>;
  /** Whether it was used before, and for how long the same bytes could be shown again, milliseconds. */
  readonly seenBefore: boolean;
  readonly replayableMs: number;
  readonly status: Pick<StatusFacts, 'state' | 'source' | 'ageMs' | 'live' | 'named'>;
  readonly mode: Mode;
  /** What the budgets were used for before this tap; looked at in mode `stale` only, where null counts as spent. */
  readonly budget: BudgetFacts | null;
}

export interface Decision {
  readonly outcome: Outcome;
  readonly code: Code;
}

const UNLISTED = {
  allow: 'allow.unlisted',
  refer: 'refer.status_unknown',
  deny: 'deny.status_unknown',
} as const;
const TOO_OLD = {
  allow: 'allow.list_too_old',
  refer: 'refer.list_too_old',
  deny: 'deny.list_too_old',
} as const;
const NO_LIST = { allow: 'allow.no_list', refer: 'refer.no_list', deny: 'deny.no_list' } as const;
const CLOSED = { allow: 'allow.closed', refer: 'refer.closed', deny: 'deny.closed' } as const;
const NOT_COVERED = {
  allow: 'allow.not_covered',
  refer: 'refer.not_covered',
  deny: 'deny.not_covered',
} as const;
const COULD_NOT_ASK = { refer: 'refer.could_not_ask', deny: 'deny.could_not_ask' } as const;
const NOT_NAMED = { refer: 'refer.not_named', deny: 'deny.not_named' } as const;
const NAMED_LIST_MISSING = {
  refer: 'refer.named_list_missing',
  deny: 'deny.named_list_missing',
} as const;
const SPENT = { refer: 'refer.risk_budget_spent', deny: 'deny.risk_budget_spent' } as const;

/**
 * What newer trust could turn into a proof: a key that was renewed, a CA or an issuer that joined. What is positively
 * refused, such as a revoked certificate, a wrong signature or a malformed field, never is.
 */
const MAY_BE_OUT_OF_DATE: readonly Code[] = [
  'trust.ca_unknown',
  'trust.ca_expired',
  'trust.issuer_not_accepted',
];

/** Throws TypeError when the proof carries a code that is no decision (misuse). */
export function decide(input: DecideInput): Decision {
  const code = reason(input);
  const { outcome } = codeEntry(code);
  if (outcome === 'none') throw new TypeError(`${code} is not a decision`);
  return { outcome, code };
}

function reason(input: DecideInput): Code {
  const { family, policy, proof, mode } = input;
  if (!proof.ok) return opensAnyway(input) ? 'allow.closed' : proof.code;
  if (!policy.families.includes(family)) return 'deny.family_not_accepted';
  if (proof.region === null || !policy.regions.includes(proof.region)) return 'deny.region_not_accepted';
  if (proof.claims['holderBound'] === false && policy.holder !== 'any') return 'deny.holder_not_bound';
  if (input.seenBefore) return 'deny.replayed';
  if (input.replayableMs > policy.replayable_ms_max) return 'deny.replayable_too_long';
  if (mode === 'closed') return CLOSED[policy.closed];
  const refused = refusedFirst(input);
  if (refused !== null) return refused;
  const code = byCard(input);
  return code.startsWith('allow.') && isSpent(input) ? SPENT[policy.stale.spent] : code;
}

function opensAnyway({ family, policy, proof, mode }: DecideInput): boolean {
  return (
    mode === 'closed' &&
    policy.closed === 'allow' &&
    policy.families.includes(family) &&
    MAY_BE_OUT_OF_DATE.includes(proof.code)
  );
}

/** Rows 8 to 11. */
function refusedFirst({ policy, status: { state, live, named } }: DecideInput): Code | null {
  if (state !== 'good' && state !== 'unknown' && state !== 'not_covered') return `deny.status_${state}`;
  if (policy.live === 'require' && (live === 'late' || live === 'failed' || live === 'not_asked')) {
    const { could_not_ask: then = 'deny' } = policy;
    if (then !== 'allow') return COULD_NOT_ASK[then];
  }
  if (policy.named_list === undefined || named === 'member') return null;
  if (named === 'absent') return NOT_NAMED[policy.not_named ?? 'deny'];
  const { named_list_missing: then = 'deny' } = policy;
  return then === 'allow' ? null : NAMED_LIST_MISSING[then];
}

/** Rows 12 to 16. Never turns "not covered", "could not ask" or "asked an old list" into "unknown". */
function byCard({ policy, mode, status: { state, source, ageMs, live } }: DecideInput): Code {
  if (state === 'not_covered' || (policy.live === 'require' && live === 'not_covered')) {
    return NOT_COVERED[policy.not_covered];
  }
  if (source === 'none') return NO_LIST[policy.list_too_old];
  if (source === 'list' && ageMs > policy.list_age_max_ms) return TOO_OLD[policy.list_too_old];
  if (state !== 'unknown') return 'allow.good';
  return UNLISTED[mode === 'stale' && source === 'list' ? policy.stale.unlisted : policy.unlisted];
}

function isSpent({ policy: { stale }, mode, status, budget }: DecideInput): boolean {
  if (mode !== 'stale' || status.source === 'live') return false;
  if (budget === null || budget.card === null) return true;
  const { card, device, outage } = budget;
  return card >= stale.per_card || device >= stale.per_device || outage >= stale.per_outage;
}
