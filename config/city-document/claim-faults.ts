/** Claims that a scene, a policy or a group names: whether any credential there can have them. */
import { carries, type Families } from '../families.ts';
import { meant } from '../nearest-name.ts';
import { PERSONAL_CLAIM_NAMES } from '../personal-claims.ts';
import type { CityDocument, Group, GroupSource, Policy } from '../policy-schema.ts';
import type { CityFault, CityPath } from './city-fault.ts';
import type { At } from './rule-faults.ts';

/** Those of a policy's or a scene's rules. Families that there are not are told elsewhere. */
export function claimFaults(rules: Policy, document: CityDocument, families: Families, at: At): CityFault[] {
  const { requires = [], disclose = [] } = rules;
  const taken = rules.families.filter((name) => families.has(name));
  if (taken.length !== rules.families.length) return [];
  return [
    ...disclose.flatMap((claim, i) => {
      const has = (name: string) => families.get(name)?.discloses.includes(claim) === true;
      if (taken.some(has)) return [];
      const what = `none of the families here (${taken.join(', ')}) discloses ${claim}; ${elsewhere(families, has)}`;
      return [{ path: at('disclose', i), what }];
    }),
    ...requires.flatMap((each, i) =>
      'claim' in each ? publicClaimFaults(each.claim, taken, families, at('requires', i, 'claim')) : [],
    ),
    ...requires.flatMap((each, i) =>
      'group' in each ? groupFaults(each.group, taken, document, families, at('requires', i, 'group')) : [],
    ),
  ];
}

/** Those of the sources of groups. */
export function groupSourceFaults({ groups = [] }: CityDocument, families: Families): CityFault[] {
  return groups.flatMap(({ from }, i) =>
    from.flatMap((source, j): CityFault[] => {
      if (!('claim' in source)) return [];
      const at = (key: string): CityPath => ['groups', i, 'from', j, key];
      const { claim, family } = source;
      const names = [...families.keys()];
      if (family !== undefined && !families.has(family)) {
        return [{ path: at('family'), what: `there is no family ${family}; ${meant(family, names)}` }];
      }
      return publicClaimFaults(claim, family === undefined ? names : [family], families, at('claim'));
    }),
  );
}

function publicClaimFaults(
  claim: string,
  taken: readonly string[],
  families: Families,
  path: CityPath,
): CityFault[] {
  if ((PERSONAL_CLAIM_NAMES as readonly string[]).includes(claim)) {
    const what = `${claim} is a personal claim: a scene may disclose it, and nothing is decided by it`;
    return [{ path, what }];
  }
  const has = (name: string) => isCarriedBy(name, claim, families);
  if (taken.some(has)) return [];
  const all = [...families.values()].flatMap(({ claims }) => claims);
  const isKnown = [...families.keys()].some(has);
  const what = isKnown
    ? `none of the families here (${taken.join(', ')}) carries the claim ${claim}; ${elsewhere(families, has)}`
    : `there is no claim ${claim}; ${meant(claim, [...new Set(all)])}`;
  return [{ path, what }];
}

function elsewhere(families: Families, has: (name: string) => boolean): string {
  const others = [...families.keys()].filter(has);
  return others.length === 0
    ? 'no family does: take it out'
    : `take it out, or add one that does: ${others.join(', ')}`;
}

function isCarriedBy(family: string, claim: string, families: Families): boolean {
  const traits = families.get(family);
  return traits !== undefined && carries(traits, claim);
}

/** Nobody could ever say of whoever shows a credential here that he belongs to it. */
function groupFaults(
  name: string,
  taken: readonly string[],
  { groups = [] }: CityDocument,
  families: Families,
  path: CityPath,
): CityFault[] {
  const group = groups.find((each) => each.group === name);
  if (!group || group.from.some((source) => canSay(source, taken, families))) return [];
  const what =
    `nobody can say who is of group ${name} here: its sources are ${claimsOf(group)}, which none of the families ` +
    `(${taken.join(', ')}) carries; add a source to the group, or a family`;
  return [{ path, what }];
}

function canSay(source: GroupSource, taken: readonly string[], families: Families): boolean {
  if (!('claim' in source)) return true;
  const { claim, family } = source;
  return taken.some((name) => (family ?? name) === name && isCarriedBy(name, claim, families));
}

const claimsOf = ({ from }: Group) =>
  from.flatMap((source) => ('claim' in source ? [`the claim ${source.claim}`] : [])).join(' and ');
