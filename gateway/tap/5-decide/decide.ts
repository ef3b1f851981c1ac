/**
 * Stage 5. A pure function: the same facts give the same decision, so that any decision can be judged again.
 *
 * The first row that applies decides (`decision-rows.ts`):
 *
 * | # | when | then |
 * |---|---|---|
 * | 1 | not proven | deny with the code of the proof. In mode `closed`, where the scene opens: `allow.closed` if only trust that may be out of date stands against it |
 * | 2 | family not of the scene | `deny.family_not_accepted` |
 * | 3 | region not of the scene | `deny.region_not_accepted` |
 * | 4 | nothing binds it to who shows it, and the scene wants that | `deny.holder_not_bound` |
 * | 5 | used before | `deny.replayed` |
 * | 6 | could be shown again for too long | `deny.replayable_too_long` |
 * | 7 | mode `closed`, and the scene opens, but a requirement is known not to be met, or an entry is out of turn | as rows 11, 13, 15 and 16 |
 * | 8 | mode `closed` | `*.closed`, by `closed` |
 * | 9 | suspended, lost, replaced, cancelled | `deny.status_*` |
 * | 10 | live status required, could not be asked | `*.could_not_ask`; `allow`: the rows below decide |
 * | 11 | a named list required, the card is not on it | `*.not_named`, by `else` |
 * | 12 | a named list required, not at hand | `*.named_list_missing`, by `unknown`; `allow`: the rows below decide |
 * | 13 | another requirement, known not to be met | `*.requirement_not_met`, by `else` |
 * | 14 | another requirement, nobody can say | `*.requirement_unknown`, by `unknown`; `allow`: the rows below decide |
 * | 15 | entry, inside since less than `passback_ms` | `*.passback`, by `passback` |
 * | 16 | entry, inside already | `*.entered_twice`, by `out_of_turn`; `allow`: the rows below decide |
 * | 17 | exit, not inside | `*.not_entered`, by `out_of_turn`; `allow`: the rows below decide |
 * | 18 | issuer not covered, by the list or by the platform whose answer is required | `*.not_covered` |
 * | 19 | no list could be asked | `*.no_list`, by `list_too_old` |
 * | 20 | the list is older than the policy takes | `*.list_too_old` |
 * | 21 | unknown | `*.unlisted`, `*.status_unknown`; in mode `stale` on a list's word by `stale.unlisted` |
 * | 22 | otherwise | `allow.good` |
 *
 * Used before (5) means allowed or referred before: what any row denies uses nothing up (`used-up.ts`).
 *
 * And where rows 18 to 22 allow, in mode `stale` on the word of the list: `*.risk_budget_spent` when a budget is spent; else
 * `refer.replay_unshared` where other gateways should have been asked whether it was used, could not be, and the scene says
 * `refer` for that.
 */
import { type Code, codeEntry } from '../../../config/codes.ts';
import type { Policy } from '../../../config/scenes.ts';
import type {
  BudgetFacts,
  Facts,
  Mode,
  Outcome,
  ReplayScope,
  StatusFacts,
  VerdictFacts,
} from '../../verification.ts';
import {
  DECISION_ROWS,
  type DecisionRow,
  FIRST_ROW_OF_CARD,
  spentCode,
  unsharedCode,
} from './decision-rows.ts';
import { type OutOfTurn, outOfTurn } from './out-of-turn.ts';
import { requirementName } from './requirements.ts';

/** All that a decision depends on. The age of the status is in `status.ageMs`. */
export interface DecideInput {
  readonly family: string;
  readonly policy: Policy;
  readonly proof: Pick<VerdictFacts, 'ok' | 'code' | 'region' | 'mode' | 'claims'>;
  /** Whether it was used before, and for how long the same bytes could be shown again, milliseconds. */
  readonly seenBefore: boolean;
  readonly replayableMs: number;
  /** How far `seenBefore` reaches. Default: this gateway alone, as it should. */
  readonly replayScope?: ReplayScope;
  readonly status: Pick<StatusFacts, 'state' | 'source' | 'ageMs' | 'entitlements' | 'live' | 'listKey'>;
  readonly groups: Facts['groups'];
  readonly lists: Facts['lists'];
  readonly passage: Facts['passage'];
  /** Milliseconds since 1970 UTC; looked at with `passage` only. */
  readonly atMs: number;
  readonly mode: Mode;
  /** What the budgets were used for before this tap; looked at in mode `stale` only, where null counts as spent. */
  readonly budget: BudgetFacts | null;
}

export interface Decision {
  readonly outcome: Outcome;
  readonly code: Code;
  /** The requirement that it was decided for, such as `group:senior`. */
  readonly requirement?: string;
  /** Out of turn, and allowed. */
  readonly passage?: OutOfTurn;
}

/** A decision, and the row that made it. */
export interface ExplainedDecision {
  readonly decision: Decision;
  readonly row: DecisionRow;
}

/** Throws TypeError when the proof carries a code that is no decision (misuse). */
export function decide(input: DecideInput): Decision {
  for (const row of DECISION_ROWS) {
    const code = row.code(input);
    if (code !== null) return decisionOf(input, row, code);
  }
  throw new TypeError('the last row always applies');
}

/** As `decide`. */
export function decideExplained(input: DecideInput): ExplainedDecision {
  const row = DECISION_ROWS.find(({ code }) => code(input) !== null) ?? DECISION_ROWS[0];
  if (row === undefined) throw new TypeError('there are rows');
  return { decision: decide(input), row };
}

function decisionOf(input: DecideInput, { row, requirement }: DecisionRow, byRow: Code): Decision {
  const mayTurn = row >= FIRST_ROW_OF_CARD && byRow.startsWith('allow.');
  const code = mayTurn ? (spentCode(input) ?? unsharedCode(input) ?? byRow) : byRow;
  const { outcome } = codeEntry(code);
  if (outcome === 'none') throw new TypeError(`${code} is not a decision`);
  const failed = requirement?.(input) ?? null;
  if (failed !== null) return { outcome, code, requirement: requirementName(failed) };
  const passage =
    outcome === 'allow' && input.proof.ok
      ? outOfTurn(input.policy.direction, input.passage, input.atMs)
      : null;
  return passage === null ? { outcome, code } : { outcome, code, passage };
}
