/**
 * What an answer says beside the credential's own facts: groups that are held, the requirement that failed, and where it allows
 * what the gate shows for them: lane, wide gate, fare. Worked out once for each combination that a scene meets.
 */
import type { Show } from '../../../config/policy-schema.ts';
import type { Policy } from '../../../config/scenes.ts';
import type { Facts } from '../../verification.ts';
import type { Decision } from '../5-decide/decide.ts';

/** Values by name; the same object for the same combination. */
export type Shown = Readonly<Record<string, string | boolean>>;

interface Variant extends Pick<Decision, 'requirement' | 'passage'> {
  readonly isAllowed: boolean;
  readonly shown: Shown | null;
}

type ByGroups = WeakMap<Facts['groups'], Variant[]>;

/** Of one pair of scene and groups there are few: allowed or not, by each requirement. */
const VARIANTS_MAX = 64;

export function createShown(): (policy: Policy, groups: Facts['groups'], decision: Decision) => Shown | null {
  const byPolicy = new WeakMap<Policy, ByGroups>();
  return (policy, groups, decision) => {
    const { show, asked } = policy;
    const { requirement, passage } = decision;
    const saysNothing = requirement === undefined && passage === undefined;
    if (saysNothing && show === undefined && asked === undefined) return null;
    const variants = variantsOf(byPolicy, policy, groups);
    const isAllowed = decision.outcome === 'allow';
    for (const each of variants) {
      if (each.isAllowed !== isAllowed || each.requirement !== requirement) continue;
      if (each.passage === passage) return each.shown;
    }
    const shown = shownOf(show, groups, decision);
    if (variants.length < VARIANTS_MAX) {
      variants.push({
        ...{ isAllowed, shown },
        ...(requirement !== undefined && { requirement }),
        ...(passage !== undefined && { passage }),
      });
    }
    return shown;
  };
}

function variantsOf(byPolicy: WeakMap<Policy, ByGroups>, policy: Policy, groups: Facts['groups']): Variant[] {
  let byGroups = byPolicy.get(policy);
  if (byGroups === undefined) {
    byGroups = new WeakMap();
    byPolicy.set(policy, byGroups);
  }
  let variants = byGroups.get(groups);
  if (variants === undefined) {
    variants = [];
    byGroups.set(groups, variants);
  }
  return variants;
}

function shownOf(
  show: Show | undefined,
  groups: Facts['groups'],
  { outcome, requirement, passage }: Decision,
): Shown | null {
  const held = Object.keys(groups).filter((group) => isHeld(groups[group]));
  const shown = {
    ...(held.length > 0 && { groups: held.join(',') }),
    ...(requirement !== undefined && { requirement }),
    ...(passage !== undefined && { passage }),
    ...(show !== undefined && outcome === 'allow' && ofGate(show, held)),
  };
  return Object.keys(shown).length === 0 ? null : shown;
}

/** Of each field, what the first group says that is held and says it; else what the scene says. */
function ofGate(show: Show, held: readonly string[]): Shown {
  const said = [...(show.groups ?? []).filter(({ group }) => held.includes(group)), show];
  const lane = said.find((each) => each.lane !== undefined)?.lane;
  const isWide = said.find((each) => each.wide_gate !== undefined)?.wide_gate;
  const fare = said.find((each) => each.fare !== undefined)?.fare;
  return {
    ...(lane !== undefined && { lane }),
    ...(isWide !== undefined && { wide_gate: isWide }),
    ...(fare !== undefined && { fare }),
  };
}

function isHeld(said: Facts['groups'][string] | undefined): boolean {
  return said === 'card' || said === 'claim' || said === 'list';
}
