/** The rows of the table in `decide.ts`, in its order. The one place where the rules stand. */
import type { Code } from '../../../config/codes.ts';
import type { Requirement } from '../../../config/policy-schema.ts';
import type { DecideInput } from './decide.ts';
import { outOfTurn } from './out-of-turn.ts';
import { type RequirementState, requirementState } from './requirements.ts';

export interface DecisionRow {
  readonly row: number;
  readonly when: string;
  /** The code that it decides with; null where it does not apply, or leaves the rows below to decide. */
  readonly code: (input: DecideInput) => Code | null;
  /** The requirement that it decided for; null where it was for none. Not there where it never is. */
  readonly requirement?: (input: DecideInput) => Requirement | null;
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
const NOT_MET = { refer: 'refer.requirement_not_met', deny: 'deny.requirement_not_met' } as const;
const NOT_KNOWN = { refer: 'refer.requirement_unknown', deny: 'deny.requirement_unknown' } as const;
const PASSBACK = { refer: 'refer.passback', deny: 'deny.passback' } as const;
const ENTERED_TWICE = { refer: 'refer.entered_twice', deny: 'deny.entered_twice' } as const;
const NOT_ENTERED = { refer: 'refer.not_entered', deny: 'deny.not_entered' } as const;

/**
 * What newer trust could turn into a proof: a key that was renewed, a CA or an issuer that joined. What is positively
 * refused, such as a revoked certificate, a wrong signature or a malformed field, never is.
 */
const MAY_BE_OUT_OF_DATE: readonly Code[] = [
  'trust.ca_unknown',
  'trust.ca_expired',
  'trust.issuer_not_accepted',
];

export const DECISION_ROWS: readonly DecisionRow[] = [
  {
    row: 1,
    when: 'not proven',
    code: (input) => (input.proof.ok ? null : opensAnyway(input) ? 'allow.closed' : input.proof.code),
  },
  {
    row: 2,
    when: 'family not of the scene',
    code: ({ policy, family }) => (policy.families.includes(family) ? null : 'deny.family_not_accepted'),
  },
  {
    row: 3,
    when: 'region not of the scene',
    code: ({ policy, proof: { region } }) =>
      region !== null && policy.regions.includes(region) ? null : 'deny.region_not_accepted',
  },
  {
    row: 4,
    when: 'nothing binds it to who shows it, and the scene wants that',
    code: ({ policy, proof: { claims } }) =>
      claims['holderBound'] === false && policy.holder !== 'any' ? 'deny.holder_not_bound' : null,
  },
  { row: 5, when: 'used before', code: ({ seenBefore }) => (seenBefore ? 'deny.replayed' : null) },
  {
    row: 6,
    when: 'could be shown again for too long',
    code: ({ replayableMs, policy }) =>
      replayableMs > policy.replayable_ms_max ? 'deny.replayable_too_long' : null,
  },
  {
    row: 7,
    when: 'mode `closed`, and the scene opens, but a requirement is known not to be met, or an entry is out of turn',
    code: refusedThoughOpen,
    requirement: (input) => firstNamed(input, 'not_met') ?? firstOther(input, 'not_met'),
  },
  {
    row: 8,
    when: 'mode `closed`',
    code: ({ mode, policy }) => (mode === 'closed' ? CLOSED[policy.closed] : null),
  },
  {
    row: 9,
    when: 'suspended, lost, replaced, cancelled',
    code: ({ status: { state } }) =>
      state === 'good' || state === 'unknown' || state === 'not_covered' ? null : `deny.status_${state}`,
  },
  { row: 10, when: 'live status required, could not be asked', code: couldNotAsk },
  {
    row: 11,
    when: 'a named list required, the card is not on it',
    code: notNamed,
    requirement: (input) => firstNamed(input, 'not_met'),
  },
  {
    row: 12,
    when: 'a named list required, not at hand',
    code: (input) => ifUnknown(firstNamed(input, 'unknown'), NAMED_LIST_MISSING),
    requirement: (input) => firstNamed(input, 'unknown'),
  },
  {
    row: 13,
    when: 'another requirement, known not to be met',
    code: notMet,
    requirement: (input) => firstOther(input, 'not_met'),
  },
  {
    row: 14,
    when: 'another requirement, nobody can say',
    code: (input) => ifUnknown(firstOther(input, 'unknown'), NOT_KNOWN),
    requirement: (input) => firstOther(input, 'unknown'),
  },
  { row: 15, when: 'entry, inside since less than `passback_ms`', code: passback },
  { row: 16, when: 'entry, inside already', code: enteredTwice },
  { row: 17, when: 'exit, not inside', code: notEntered },
  {
    row: 18,
    when: 'issuer not covered, by the list or by the platform whose answer is required',
    code: ({ policy, status: { state, live } }) =>
      state === 'not_covered' || (policy.live === 'require' && live === 'not_covered')
        ? NOT_COVERED[policy.not_covered]
        : null,
  },
  {
    row: 19,
    when: 'no list could be asked',
    code: ({ policy, status }) => (status.source === 'none' ? NO_LIST[policy.list_too_old] : null),
  },
  {
    row: 20,
    when: 'the list is older than the policy takes',
    code: ({ policy, status: { source, ageMs } }) =>
      source === 'list' && ageMs > policy.list_age_max_ms ? TOO_OLD[policy.list_too_old] : null,
  },
  { row: 21, when: 'unknown', code: unlisted },
  { row: 22, when: 'otherwise', code: () => 'allow.good' },
];

/** From this row on a decision rests on what is known of the card, and a budget may be spent. */
export const FIRST_ROW_OF_CARD = 18;

export function spentCode({ policy: { stale }, mode, status, budget }: DecideInput): Code | null {
  if (mode !== 'stale' || status.source === 'live') return null;
  if (budget === null || budget.card === null) return SPENT[stale.spent];
  const { card, device, outage } = budget;
  const isSpent = card >= stale.per_card || device >= stale.per_device || outage >= stale.per_outage;
  return isSpent ? SPENT[stale.spent] : null;
}

/** Nobody said whether it was used at another gateway, and the scene wants that. */
export function unsharedCode({ policy, replayScope }: DecideInput): Code | null {
  return replayScope === 'local' && policy.replay_unshared === 'refer' ? 'refer.replay_unshared' : null;
}

function opensAnyway({ family, policy, proof, mode }: DecideInput): boolean {
  return (
    mode === 'closed' &&
    policy.closed === 'allow' &&
    policy.families.includes(family) &&
    MAY_BE_OUT_OF_DATE.includes(proof.code)
  );
}

/** Nothing is known of the cards then; what the credential and the gateway itself know, is. */
function refusedThoughOpen(input: DecideInput): Code | null {
  const { mode, policy } = input;
  if (mode !== 'closed' || policy.closed !== 'allow') return null;
  return notNamed(input) ?? notMet(input) ?? passback(input) ?? enteredTwice(input);
}

function couldNotAsk({ policy, status: { live } }: DecideInput): Code | null {
  if (policy.live !== 'require' || (live !== 'late' && live !== 'failed' && live !== 'not_asked'))
    return null;
  const { could_not_ask: then = 'deny' } = policy;
  return then === 'allow' ? null : COULD_NOT_ASK[then];
}

function notNamed(input: DecideInput): Code | null {
  const failed = firstNamed(input, 'not_met');
  return failed === null ? null : NOT_NAMED[failed.else];
}

function notMet(input: DecideInput): Code | null {
  const failed = firstOther(input, 'not_met');
  return failed === null ? null : NOT_MET[failed.else];
}

/** A requirement that says `allow` goes on to the rows below. */
function ifUnknown<Refused>(
  failed: Requirement | null,
  codes: { readonly refer: Refused; readonly deny: Refused },
): Refused | null {
  if (failed === null) return null;
  const then = failed.unknown ?? failed.else;
  return then === 'allow' ? null : codes[then];
}

function firstNamed(input: DecideInput, state: Failed): Requirement | null {
  return input.policy.requires === undefined ? null : failedOf(input, input.policy.requires).named[state];
}

function firstOther(input: DecideInput, state: Failed): Requirement | null {
  return input.policy.requires === undefined ? null : failedOf(input, input.policy.requires).others[state];
}

type Failed = Exclude<RequirementState, 'met'>;
type FirstFailed = Record<Failed, Requirement | null>;
interface FailedRequirements {
  readonly of: DecideInput | null;
  readonly named: FirstFailed;
  readonly others: FirstFailed;
}

/** Five rows ask of one tap: looked at once. */
let lastFailed: FailedRequirements = { of: null, named: noneFailed(), others: noneFailed() };

/** The first of either kind that is in each state; of those that go on where nobody can say, none. */
function failedOf(input: DecideInput, requires: readonly Requirement[]): FailedRequirements {
  if (lastFailed.of === input) return lastFailed;
  const failed = { of: input, named: noneFailed(), others: noneFailed() };
  for (const each of requires) {
    const state = requirementState(each, input);
    if (state === 'met' || (state === 'unknown' && each.unknown === 'allow')) continue;
    const first = 'member_of' in each ? failed.named : failed.others;
    first[state] ??= each;
  }
  lastFailed = failed;
  return failed;
}

function noneFailed(): FirstFailed {
  return { not_met: null, unknown: null };
}

function passback(input: DecideInput): Code | null {
  const { direction } = input.policy;
  if (outOfTurn(direction, input.passage, input.atMs) !== 'passback') return null;
  return PASSBACK[direction?.passback ?? 'deny'];
}

function enteredTwice({ policy: { direction }, passage, atMs }: DecideInput): Code | null {
  if (outOfTurn(direction, passage, atMs) !== 'entered_twice') return null;
  const then = direction?.out_of_turn ?? 'deny';
  return then === 'allow' ? null : ENTERED_TWICE[then];
}

function notEntered({ policy: { direction }, passage, atMs }: DecideInput): Code | null {
  if (outOfTurn(direction, passage, atMs) !== 'not_entered') return null;
  const then = direction?.out_of_turn ?? 'deny';
  return then === 'allow' ? null : NOT_ENTERED[then];
}

function unlisted({ policy, mode, status: { state, source } }: DecideInput): Code | null {
  if (state !== 'unknown') return null;
  return UNLISTED[mode === 'stale' && source === 'list' ? policy.stale.unlisted : policy.unlisted];
}
