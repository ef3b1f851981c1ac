/** Judges a kept decision again: from its record alone, or by what a later card list says. */
import type { Policy, SceneTable } from '../../config/scenes.ts';
import type { CardStatus } from '../../lists/list-handle.ts';
import { type DecisionRecord, POLICY_LIST } from '../journal/record/record.ts';
import { entitlementsOf, groupsOf } from './4-status/groups.ts';
import { type DecideInput, type Decision, decide, decideExplained } from './5-decide/decide.ts';
import { type Explanation, explain } from './5-decide/explain.ts';

export type SecondJudgement =
  | { readonly kind: 'same' }
  | { readonly kind: 'differs'; readonly now: Decision }
  /** The policy the decision was made under is not at hand in that revision. */
  | { readonly kind: 'policy_unavailable' };

/** Whether the record leads to its decision: another outcome, or the same for another reason, differs. */
export function judgeAgain(record: DecisionRecord, scenes: SceneTable): SecondJudgement {
  const input = inputOf(record, scenes);
  if (input === null) return { kind: 'policy_unavailable' };
  const now = decide(input);
  const same = now.code === record.answer.code && now.outcome === record.answer.outcome;
  return same ? { kind: 'same' } : { kind: 'differs', now };
}

/** The decision of a record, row by row; null: the policy it was made under is not at hand. */
export function explainRecord(record: DecisionRecord, scenes: SceneTable): Explanation | null {
  const input = inputOf(record, scenes);
  return input === null ? null : explain(input);
}

/**
 * Why a list cannot judge again.
 *
 * - `policy_unavailable`: as above;
 * - `answered_live`: the decision rests on what the platform itself said, not on a list;
 * - `not_proven`: it let pass what was not proven (`allow.closed`), so nobody knows whose card it was;
 * - `no_list_key`: no list was in force, or the record is of version 1: the card cannot be looked up;
 * - `other_generation`: the list's cards are hashed under another key.
 */
export type WhyNot =
  | 'policy_unavailable'
  | 'answered_live'
  | 'not_proven'
  | 'no_list_key'
  | 'other_generation';

export type ListJudgement =
  | { readonly kind: 'same' }
  | { readonly kind: 'differs'; readonly now: Decision }
  | { readonly kind: 'cannot'; readonly why: WhyNot };

/**
 * What the decision would have been with another list, fresh, in force: in mode `lists`, without budgets. Everything
 * else stays as it was, also that the platform could not be asked. Only another outcome differs: for the person at the
 * gate, and so for the platform, the same outcome for another reason is the same.
 *
 * `lookup`: what the list says of the card with this key. `listRevision`: as records say it, GENERATION8.REVISION.
 * `listIssuedAtMs`: milliseconds since 1970 UTC.
 */
export function judgeWithList(
  record: DecisionRecord,
  scenes: SceneTable,
  lookup: (issuer: string, listKey: Uint8Array) => CardStatus,
  listRevision: string,
  listIssuedAtMs: number,
): ListJudgement {
  const { proof, status, answer, atMs } = record;
  const input = inputOf(record, scenes);
  if (input === null) return { kind: 'cannot', why: 'policy_unavailable' };
  if (!proof.ok || proof.issuer === null) {
    return answer.outcome === 'deny' ? { kind: 'same' } : { kind: 'cannot', why: 'not_proven' };
  }
  if (status.source === 'live') return { kind: 'cannot', why: 'answered_live' };
  if (status.listKey === null || status.listRevision === null) return { kind: 'cannot', why: 'no_list_key' };
  if (generationOf(status.listRevision) !== generationOf(listRevision)) {
    return { kind: 'cannot', why: 'other_generation' };
  }
  const { state, entitlements } = lookup(proof.issuer, status.listKey);
  const { live, listKey } = status;
  const ageMs = Math.max(0, atMs - listIssuedAtMs);
  const now = { state, source: 'list', ageMs, entitlements, live, listKey } as const;
  const again = decide({
    ...input,
    status: now,
    groups: groupsByList(record, input, now),
    mode: 'lists',
    budget: null,
  });
  return again.outcome === answer.outcome ? { kind: 'same' } : { kind: 'differs', now: again };
}

/**
 * Why a document cannot judge: it asks what the record does not say.
 *
 * - `named_list`: what a named list says of the card;
 * - `direction`: whether the person was inside an area;
 * - `live`: what the platform, or in its place the list, would have said of the card.
 */
export type Unsaid = 'named_list' | 'direction' | 'live';

export type Hypothesis =
  | { readonly kind: 'decided'; readonly decision: Decision }
  /** The document has no such scene: nothing would be decided there. */
  | { readonly kind: 'no_scene' }
  | { readonly kind: 'cannot'; readonly why: Unsaid };

/**
 * What another document would have decided on what was known then: bits of the card, claims, what was remembered. `area`: that
 * of the direction that the record's passage is of; null: none.
 */
export function judgeUnder(record: DecisionRecord, scenes: SceneTable, area: string | null): Hypothesis {
  const policy = scenes.policyOf(record.scene);
  if (policy === null) return { kind: 'no_scene' };
  const input = inputWith(record, policy);
  const groups = groupsByList(record, input, record.status);
  const { decision, row } = decideExplained({ ...input, groups });
  const why = row.row >= FIRST_ROW_OF_FACTS ? unsaid(record, policy, area) : null;
  return why === null ? { kind: 'decided', decision } : { kind: 'cannot', why };
}

/** Rows before it look at the presentation alone, and at how it was shown. */
const FIRST_ROW_OF_FACTS = 7;

function unsaid(record: DecisionRecord, policy: Policy, area: string | null): Unsaid | null {
  const { asked, direction, live } = policy;
  const lists = asked?.lists ?? [];
  if (lists.some((name) => record.lists[name] === undefined)) return 'named_list';
  if (direction !== undefined && (record.passage === null || direction.area !== area)) return 'direction';
  if (live === 'require' && record.status.live === 'not_wanted') return 'live';
  if (live === 'never' && record.status.source === 'live') return 'live';
  return null;
}

/** Null: the policy is not at hand. Decisions of version 1 were made without regard to the mode. */
function inputOf(record: DecisionRecord, scenes: SceneTable): DecideInput | null {
  const policy = scenes.policyOf(record.scene);
  if (scenes.revision !== record.policyRevision || policy?.policy !== record.policy) return null;
  return inputWith(record, policy);
}

function inputWith(record: DecisionRecord, policy: Policy): DecideInput {
  return {
    family: record.family,
    policy,
    proof: record.proof,
    seenBefore: record.replay.seenBefore,
    replayableMs: record.replay.untilMs - record.atMs,
    replayScope: record.replay.scope,
    status: record.status,
    groups: record.groups,
    lists: record.v === 2 ? listsOfVersion2(record, policy) : record.lists,
    passage: record.passage,
    atMs: record.atMs,
    mode: record.v === 1 ? 'lists' : record.mode,
    budget: record.budget,
  };
}

/** The policy named one list then, and the record does not say which: it is the one that the policy requires now. */
function listsOfVersion2({ lists }: DecisionRecord, { requires = [] }: Policy): DecideInput['lists'] {
  const said = lists[POLICY_LIST];
  if (said === undefined) return lists;
  return Object.fromEntries(
    requires.flatMap((each) => ('member_of' in each ? [[each.member_of, said]] : [])),
  );
}

/** With the bits of another list; claims and named lists as they were. */
function groupsByList(
  { family, proof, groups }: DecisionRecord,
  { policy, lists }: DecideInput,
  status: DecideInput['status'],
): DecideInput['groups'] {
  const { asked } = policy;
  if (asked === undefined) return groups;
  const entitlements = entitlementsOf(status, proof.mode);
  return groupsOf(asked, { family, claims: proof.claims, entitlements, lists });
}

function generationOf(listRevision: string): string {
  return listRevision.slice(0, listRevision.indexOf('.'));
}
