/** Requirements of one scene that stand there twice, or that no credential can meet together. */
import type { Policy, Requirement } from '../policy-schema.ts';
import type { CityFault } from './city-fault.ts';
import type { At } from './rule-faults.ts';

export function requirementFaults({ requires = [] }: Policy, at: At): CityFault[] {
  return requires.flatMap((each, i): CityFault[] => {
    const j = requires.findIndex((other, k) => k < i && subjectOf(other) === subjectOf(each));
    const other = requires[j];
    if (!other) return [];
    const what = clash(other, each);
    return what === null ? [] : [{ path: at('requires', i), what, other: at('requires', j) }];
  });
}

function subjectOf(requirement: Requirement): string {
  if ('group' in requirement) return `group ${requirement.group}`;
  if ('entitlement' in requirement) return `entitlement ${requirement.entitlement}`;
  if ('member_of' in requirement) return `list ${requirement.member_of}`;
  return `claim ${requirement.claim}`;
}

function clash(before: Requirement, after: Requirement): string | null {
  if (!('claim' in before) || !('claim' in after)) {
    return `${subjectOf(after)} is required twice: delete one of them`;
  }
  const { claim } = after;
  const values = 'in' in before ? before.in : 'in' in after ? after.in : null;
  if (values === null) return `claim ${claim} is required to be at least something twice: keep the larger`;
  const fits = (requirement: Requirement, value: unknown) =>
    'in' in requirement
      ? requirement.in.some((each) => each === value)
      : 'at_least' in requirement && typeof value === 'number' && value >= requirement.at_least;
  if (values.some((value) => fits(before, value) && fits(after, value))) return null;
  return `no value of claim ${claim} meets both requirements: nobody would pass; delete one of them`;
}
