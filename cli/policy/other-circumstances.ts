/** What would change a decision: each circumstance by itself turned into another, and what is decided then. */
import type { Policy } from '../../config/scenes.ts';
import { type Decision, decide } from '../../gateway/tap/5-decide/decide.ts';
import type { Mode } from '../../gateway/verification.ts';
import { type Circumstances, decideInputOf } from './circumstances.ts';

export interface Change {
  readonly change: string;
  readonly decision: Decision;
}

const MODES: readonly Mode[] = ['live', 'lists', 'stale', 'closed'];
const STATES: readonly Circumstances['state'][] = [
  ...(['good', 'suspended', 'lost', 'replaced', 'cancelled'] as const),
  ...(['unknown', 'not_covered', 'none'] as const),
];
const PASSAGES: readonly NonNullable<Circumstances['passage']>[] = ['inside', 'outside', 'unknown'];

/** Those that lead to another outcome. */
export function changesOf(policy: Policy, of: Circumstances): Change[] {
  const { outcome } = decide(decideInputOf(policy, of));
  return variants(policy, of)
    .map(([change, other]) => ({ change, decision: decide(decideInputOf(policy, { ...of, ...other })) }))
    .filter(({ decision }) => decision.outcome !== outcome);
}

type Variant = readonly [change: string, other: Partial<Circumstances>];

function variants(policy: Policy, of: Circumstances): Variant[] {
  const groups = (policy.asked?.groups ?? []).map(({ group }) => group);
  const lists = policy.asked?.lists ?? [];
  const others = <T>(values: readonly T[], now: T) => values.filter((value) => value !== now);
  return [
    ...others(policy.families, of.family).map((family): Variant => [`family ${family}`, { family }]),
    ...others(policy.regions, of.region).map((region): Variant => [`region ${region}`, { region }]),
    ...others(MODES, of.mode).map((mode): Variant => [`mode ${mode}`, { mode }]),
    ...others(STATES, of.state).map((state): Variant => [`state ${state}`, { state }]),
    ...groups.map(
      (group): Variant =>
        of.as.includes(group)
          ? [`not as ${group}`, { as: of.as.filter((each) => each !== group) }]
          : [`as ${group}`, { as: [...of.as, group] }],
    ),
    ...lists.flatMap((list) =>
      (['member', 'absent', 'no_list'] as const)
        .filter((said) => said !== (of.lists[list] ?? 'absent'))
        .map((said): Variant => [`list ${list}=${said}`, { lists: { ...of.lists, [list]: said } }]),
    ),
    ...claimVariants(policy, of),
    ...(policy.direction === undefined
      ? []
      : PASSAGES.filter((passage) => passage !== of.passage).map(
          (passage): Variant => [passage, { passage }],
        )),
    [of.isUsed ? 'not used before' : 'used before', { isUsed: !of.isUsed }],
    ...(of.mode === 'stale'
      ? [[of.isSpent ? 'budgets left' : 'budgets spent', { isSpent: !of.isSpent }] as const]
      : []),
    ...(of.listAgeMs > 0 ? [['a fresh list', { listAgeMs: 0 }] as const] : []),
  ];
}

function claimVariants({ requires = [] }: Policy, of: Circumstances): Variant[] {
  return requires.flatMap((each): Variant[] => {
    if (!('claim' in each)) return [];
    const value = 'in' in each ? each.in[0] : each.at_least;
    if (value === undefined || of.claims[each.claim] === value) return [];
    return [[`claim ${each.claim}=${value}`, { claims: { ...of.claims, [each.claim]: value } }]];
  });
}
