/** What in a city document speaks against something else in it, against the plan, or leads nowhere. */
import { meant } from '../nearest-name.ts';
import { type Families, offPlan, plannedService, servicesOf } from '../plan.ts';
import type { CityDocument, Policy, Scene, Service } from '../policy-schema.ts';
import { rulesOf } from '../scene-rules.ts';
import type { CityFault, CityPath } from './city-fault.ts';
import { ruleFaults } from './rule-faults.ts';

/** `families`: those that a gate or a desk may present. In the order of the document. */
export function cityFaults(document: CityDocument, families: Families): CityFault[] {
  const { services = [], groups = [], regions = [], policies, scenes } = document;
  const names = [...families.keys()];
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
      ruleFaults(policy, document, names, (...inner) => ['policies', i, ...inner]),
    ),
    ...twice(
      'scene',
      'scenes',
      scenes.map(({ scene }) => scene),
    ),
    ...faultsOfScenes(document, families),
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
    const { policy: name } = described;
    const policy = policies.get(name);
    if (!policy) {
      const what = `there is no policy ${name}; ${meant(name, [...policies.keys()])}`;
      return [{ path: at('policy'), what }, ...offPlanFaults(described, services, at)];
    }
    return [
      ...offPlanFaults(described, services, at),
      ...ownRuleFaults(described, policy, document, families, at),
    ];
  });
}

function offPlanFaults(
  { scene, service, point }: Scene,
  services: readonly Service[],
  at: (...inner: CityPath) => CityPath,
): CityFault[] {
  const [, number] = /^(\d+)\//.exec(scene) ?? [];
  if (number !== undefined && Number(number) !== service) {
    const what = `scene ${scene} is of service ${number} by its name, and says ${service}: change one of them`;
    return [{ path: at('service'), what }];
  }
  const off = offPlan(services, service, point);
  return off === null ? [] : [{ path: at('service'), what: off }];
}

/** Those that the policy does not have by itself; where the scene says nothing of it, told at its policy. */
function ownRuleFaults(
  described: Scene,
  policy: Policy,
  document: CityDocument,
  families: Families,
  at: (...inner: CityPath) => CityPath,
): CityFault[] {
  const rules = rulesOf(described, policy, document.groups ?? []);
  const ofPlan = [
    ...regionFaults(described, rules, document, at),
    ...cardModeFaults(described, rules, servicesOf(document), families, at),
  ];
  if (Object.keys(described).every((key) => OF_A_SCENE.has(key))) return ofPlan;
  const names = [...families.keys()];
  const said = new Set(ruleFaults(policy, document, names, (...inner) => inner).map(({ what }) => what));
  const faults = ruleFaults(rules, document, names, (key, ...inner) =>
    key in described ? at(key, ...inner) : at('policy'),
  );
  return [...faults.filter(({ what }) => !said.has(what)), ...ofPlan];
}

const OF_A_SCENE: ReadonlySet<string> = new Set(['scene', 'service', 'point', 'policy', 'title']);

function regionFaults(
  described: Scene,
  rules: Policy,
  { regions = [] }: CityDocument,
  at: (...inner: CityPath) => CityPath,
): CityFault[] {
  const { service } = described;
  return rules.regions.flatMap((name, i) => {
    const recognised = regions.find(({ region }) => region === name)?.recognised ?? 'all';
    if (recognised === 'all' || recognised.includes(service)) return [];
    const what =
      `region ${name} is not recognised for service ${service}: ` +
      `take it out of regions, or name the service in recognised of the region`;
    return [{ path: described.regions ? at('regions', i) : at('policy'), what }];
  });
}

/** A service of one kind of card takes no family of the other. */
function cardModeFaults(
  described: Scene,
  rules: Policy,
  services: readonly Service[],
  families: Families,
  at: (...inner: CityPath) => CityPath,
): CityFault[] {
  const planned = plannedService(services, described.service);
  if (planned === null || planned.kind === 'support') return [];
  const { service, title, card_modes } = planned;
  return rules.families.flatMap((family, i) => {
    const mode = families.get(family) ?? null;
    if (mode === null || card_modes.includes(mode)) return [];
    const remedy = described.families
      ? 'take it out of families'
      : 'give the scene families of its own, without it';
    const what =
      `service ${service} (${title.en}) takes the ${card_modes.join(' and the ')} card alone, ` +
      `and ${family} is the ${mode} one: ${remedy}`;
    return [{ path: described.families ? at('families', i) : at('policy'), what }];
  });
}
