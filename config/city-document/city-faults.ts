/** What in a city document speaks against something else in it, against the plan, or leads nowhere. */
import type { Families } from '../families.ts';
import { meant } from '../nearest-name.ts';
import { servicesOf } from '../plan.ts';
import type { CityDocument, Policy } from '../policy-schema.ts';
import { rulesOf } from '../scene-rules.ts';
import type { CityFault, CityPath } from './city-fault.ts';
import { groupSourceFaults } from './claim-faults.ts';
import { areaFaults } from './direction-faults.ts';
import { offPlanFaults, planFaults, type SceneAndPlan } from './plan-faults.ts';
import { ruleFaults } from './rule-faults.ts';

/** `families`: those that a gate or a desk may present. In the order of the document. */
export function cityFaults(document: CityDocument, families: Families): CityFault[] {
  const { services = [], groups = [], regions = [], policies, scenes } = document;
  return [
    ...twice(
      'service',
      'services',
      services.map(({ service }) => service),
    ),
    ...twice(
      'group',
      'groups',
      groups.map(({ group }) => group),
    ),
    ...groupSourceFaults(document, families),
    ...twice(
      'region',
      'regions',
      regions.map(({ region }) => region),
    ),
    ...twice(
      'policy',
      'policies',
      policies.map(({ policy }) => policy),
    ),
    ...policies.flatMap((policy, i) =>
      ruleFaults(policy, document, families, (...inner) => ['policies', i, ...inner]),
    ),
    ...twice(
      'scene',
      'scenes',
      scenes.map(({ scene }) => scene),
    ),
    ...faultsOfScenes(document, families),
    ...areaFaults(document),
  ];
}

function twice(key: string, list: string, names: readonly (string | number)[]): CityFault[] {
  const first = new Map<string | number, number>();
  return names.flatMap((name, i) => {
    const before = first.get(name);
    if (before === undefined) {
      first.set(name, i);
      return [];
    }
    const what = `${key} ${name} is there twice: give one of them another name, or delete it`;
    return [{ path: [list, i, key], what, other: [list, before, key] }];
  });
}

function faultsOfScenes(document: CityDocument, families: Families): CityFault[] {
  const services = servicesOf(document);
  const policies = new Map<string, Policy>(document.policies.map((policy) => [policy.policy, policy]));
  return document.scenes.flatMap((described, i): CityFault[] => {
    const at = (...inner: CityPath): CityPath => ['scenes', i, ...inner];
    const scene = { described, document, services, families, at };
    const { policy: name } = described;
    const policy = policies.get(name);
    if (!policy) {
      const what = `there is no policy ${name}; ${meant(name, [...policies.keys()])}`;
      return [...offPlanFaults(scene), { path: at('policy'), what }];
    }
    const rules = rulesOf(described, policy, document.groups ?? []);
    return [...offPlanFaults(scene), ...ownRuleFaults(scene, policy, rules), ...planFaults(scene, rules)];
  });
}

/** Those that the policy does not have by itself; where the scene says nothing of it, told at its policy. */
function ownRuleFaults(
  { described, document, families, at }: SceneAndPlan,
  policy: Policy,
  rules: Policy,
): CityFault[] {
  if (Object.keys(described).every((key) => OF_A_SCENE.has(key))) return [];
  const said = new Set(ruleFaults(policy, document, families, (...inner) => inner).map(({ what }) => what));
  const faults = ruleFaults(rules, document, families, (key, ...inner) =>
    key in described ? at(key, ...inner) : at('policy'),
  );
  return faults.filter(({ what }) => !said.has(what));
}

const OF_A_SCENE: ReadonlySet<string> = new Set(['scene', 'service', 'point', 'policy', 'title']);
