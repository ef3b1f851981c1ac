/** What in the rules of a policy or a scene speaks against something else in them, or leads nowhere. */
import type { Families } from '../families.ts';
import { meant } from '../nearest-name.ts';
import type { CityDocument, Policy } from '../policy-schema.ts';
import type { CityFault, CityPath } from './city-fault.ts';
import { claimFaults } from './claim-faults.ts';
import { directionFaults } from './direction-faults.ts';
import { requirementFaults } from './requirement-faults.ts';

/** Where a rule stands: its name, and what is inside. */
export type At = (rule: string, ...inner: CityPath) => CityPath;

export function ruleFaults(rules: Policy, document: CityDocument, families: Families, at: At): CityFault[] {
  return [
    ...unknownNames('family', rules.families, [...families.keys()], (i) => at('families', i)),
    ...nameFaults(rules, document, at),
    ...claimFaults(rules, document, families, at),
    ...requirementFaults(rules, at),
    ...directionFaults(rules, at),
    ...contradictions(rules, at),
  ];
}

function unknownNames(
  what: string,
  given: readonly string[],
  known: readonly string[],
  at: (i: number) => CityPath,
): CityFault[] {
  return given.flatMap((name, i) =>
    known.includes(name)
      ? []
      : [
          {
            path: at(i),
            what: `there is no ${what} ${name}; ${known.length > 0 ? meant(name, known) : 'there are none'}`,
          },
        ],
  );
}

function nameFaults(rules: Policy, { groups = [], regions }: CityDocument, at: At): CityFault[] {
  const { requires = [], show } = rules;
  const names = groups.map(({ group }) => group);
  const known = regions?.map(({ region }) => region);
  return [
    ...(known ? unknownNames('region', rules.regions, known, (i) => at('regions', i)) : []),
    ...requires.flatMap((each, i) =>
      'group' in each ? unknownNames('group', [each.group], names, () => at('requires', i, 'group')) : [],
    ),
    ...(show?.groups ?? []).flatMap(({ group }, i) =>
      unknownNames('group', [group], names, () => at('show', 'groups', i, 'group')),
    ),
  ];
}

function contradictions(rules: Policy, at: At): CityFault[] {
  const { stale, live, could_not_ask } = rules;
  const faults: CityFault[] = [];
  if ((rules.replay_window_ms ?? 0) > rules.replayable_ms_max) {
    const what =
      'replay_window_ms must not exceed replayable_ms_max: what has no end of its own would always be denied';
    faults.push({ path: at('replay_window_ms'), what });
  }
  if (live === 'require' && could_not_ask === undefined) {
    const what =
      'live: require needs could_not_ask: allow, refer or deny, for when the platform cannot be asked';
    faults.push({ path: at('live'), what });
  }
  if (live !== 'require' && could_not_ask !== undefined) {
    const what = 'could_not_ask belongs to live: require, and to nothing else: delete it';
    faults.push({ path: at('could_not_ask'), what });
  }
  if (stale.per_card > stale.per_device) {
    const what = 'stale: per_card must not exceed per_device, which would be spent first';
    faults.push({ path: at('stale', 'per_card'), what });
  }
  if (stale.per_device > stale.per_outage) {
    const what = 'stale: per_device must not exceed per_outage, which would be spent first';
    faults.push({ path: at('stale', 'per_device'), what });
  }
  return faults;
}
