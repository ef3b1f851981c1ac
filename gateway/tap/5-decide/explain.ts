/** A decision row by row: what each looked at, which decided. Built on the rows that `decide` follows; no rule stands here. */
import type { Code } from '../../../config/codes.ts';
import { type DecideInput, type Decision, decide } from './decide.ts';
import { DECISION_ROWS, FIRST_ROW_OF_CARD, spentCode, unsharedCode } from './decision-rows.ts';
import { requirementName, requirementState } from './requirements.ts';

export interface ExplainedRow {
  readonly row: number;
  readonly when: string;
  readonly looked: string;
  /** What it says by itself, whether or not a row before it decided. */
  readonly code: Code | null;
  readonly decides: boolean;
}

export interface Explanation {
  readonly decision: Decision;
  readonly rows: readonly ExplainedRow[];
  /** What the budgets of mode `stale` make of a row that allows; null where they say nothing. */
  readonly spent: Code | null;
  /** What is made of one where other gateways could not be asked; null where nothing is. */
  readonly unshared: Code | null;
}

/** As `decide`. */
export function explain(input: DecideInput): Explanation {
  const decision = decide(input);
  const said = DECISION_ROWS.map((row) => ({ row, code: row.code(input) }));
  const deciding = said.find(({ code }) => code !== null)?.row;
  const rows = said.map(({ row: each, code }) => ({
    ...{ row: each.row, when: each.when, code, decides: each === deciding },
    looked: LOOKED[each.row]?.(input) ?? '',
  }));
  const restsOnCard = deciding !== undefined && deciding.row >= FIRST_ROW_OF_CARD;
  const spent = restsOnCard ? spentCode(input) : null;
  const unshared = restsOnCard && spent === null ? unsharedCode(input) : null;
  return { decision, rows, spent, unshared };
}

type Looked = (input: DecideInput) => string;

const MS_PER_S = 1_000;
const requirements =
  (isNamed: boolean): Looked =>
  (input) => {
    const all = (input.policy.requires ?? []).filter((each) => 'member_of' in each === isNamed);
    const told = all.map((each) => `${requirementName(each)}: ${requirementState(each, input)}`);
    return told.length === 0 ? 'none required' : told.join(', ');
  };
const turn: Looked = ({ policy: { direction }, passage, atMs }) => {
  if (direction === undefined) return 'no direction';
  const where = passage?.state ?? 'unknown';
  const since = where === 'inside' && passage !== null ? ` since ${seconds(atMs - passage.sinceMs)}` : '';
  return `${direction.passes} of ${direction.area}, ${where}${since}`;
};

const LOOKED: Readonly<Record<number, Looked>> = {
  1: ({ proof }) => (proof.ok ? 'proven' : `not proven: ${proof.code}`),
  2: ({ family, policy }) => `${family}; the scene takes ${policy.families.join(', ')}`,
  3: ({ proof, policy }) => `${proof.region ?? 'none'}; the scene takes ${policy.regions.join(', ')}`,
  4: ({ proof, policy }) =>
    `${proof.claims['holderBound'] === false ? 'anybody with a copy could show it' : 'bound'}; the scene takes ${policy.holder ?? 'bound'}`,
  5: ({ seenBefore }) => (seenBefore ? 'used before' : 'not used before'),
  6: ({ replayableMs, policy }) => `${seconds(replayableMs)} of at most ${seconds(policy.replayable_ms_max)}`,
  7: (input) =>
    `mode ${input.mode}; closed: ${input.policy.closed}; ${requirements(false)(input)}; ${turn(input)}`,
  8: ({ mode, policy }) => `mode ${mode}; closed: ${policy.closed}`,
  9: ({ status }) => status.state,
  10: ({ policy, status }) => `live: ${policy.live}; ${status.live}`,
  11: requirements(true),
  12: requirements(true),
  13: requirements(false),
  14: requirements(false),
  15: turn,
  16: turn,
  17: turn,
  18: ({ status }) => `card ${status.state}, platform ${status.live}`,
  19: ({ status }) => `from ${status.source}`,
  20: ({ status, policy }) =>
    `${seconds(status.ageMs)} old, from ${status.source}; the scene takes ${seconds(policy.list_age_max_ms)}`,
  21: ({ status, mode, policy }) =>
    `${status.state}; unlisted: ${mode === 'stale' && status.source === 'list' ? policy.stale.unlisted : policy.unlisted}`,
  22: () => 'nothing stands against it',
};

function seconds(ms: number): string {
  return `${ms / MS_PER_S} s`;
}
