/** What in a scene speaks against the city's plan and its regions. */
import type { Families } from '../families.ts';
import { offPlan, plannedService } from '../plan.ts';
import type { CityDocument, Policy, Scene, Service } from '../policy-schema.ts';
import type { CityFault, CityPath } from './city-fault.ts';

export interface SceneAndPlan {
  readonly described: Scene;
  readonly document: CityDocument;
  readonly services: readonly Service[];
  readonly families: Families;
  /** Where something in the scene stands. */
  readonly at: (...inner: CityPath) => CityPath;
}

export function offPlanFaults({ described, services, at }: SceneAndPlan): CityFault[] {
  const { scene, service, point } = described;
  const [, number] = /^(\d+)\//.exec(scene) ?? [];
  if (number !== undefined && Number(number) !== service) {
    const what = `scene ${scene} is of service ${number} by its name, and says ${service}: change one of them`;
    return [{ path: at('service'), what }];
  }
  const off = offPlan(services, service, point);
  return off === null ? [] : [{ path: at('service'), what: off }];
}

/** `rules`: what holds at the scene. */
export function planFaults(scene: SceneAndPlan, rules: Policy): CityFault[] {
  return [...regionFaults(scene, rules), ...cardModeFaults(scene, rules), ...receiptFaults(scene, rules)];
}

function regionFaults({ described, document, at }: SceneAndPlan, rules: Policy): CityFault[] {
  const { service } = described;
  return rules.regions.flatMap((name, i) => {
    const recognised = document.regions?.find(({ region }) => region === name)?.recognised ?? 'all';
    if (recognised === 'all' || recognised.includes(service)) return [];
    const what =
      `region ${name} is not recognised for service ${service}: ` +
      `take it out of regions, or name the service in recognised of the region`;
    return [{ path: described.regions ? at('regions', i) : at('policy'), what }];
  });
}

/** A service of one kind of card takes no family of the other. */
function cardModeFaults({ described, services, families, at }: SceneAndPlan, rules: Policy): CityFault[] {
  const planned = plannedService(services, described.service);
  if (planned === null || planned.kind === 'support') return [];
  const { service, title, card_modes } = planned;
  return rules.families.flatMap((family, i) => {
    const mode = families.get(family)?.cardMode ?? null;
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

/** A receipt says what the card was shown for: nothing that the plan does not give the service. */
function receiptFaults({ described, services, at }: SceneAndPlan, rules: Policy): CityFault[] {
  const planned = plannedService(services, described.service);
  if (planned === null) return [];
  const { service, title, categories } = planned;
  return (rules.receipts ?? []).flatMap((purpose, i) => {
    if (categories.includes(purpose)) return [];
    const remedy = described.receipts
      ? 'take it out of receipts'
      : 'give the scene receipts of its own, without it';
    const what = `service ${service} (${title.en}) is for ${categories.join(' and ')}, not for ${purpose}: ${remedy}`;
    return [{ path: described.receipts ? at('receipts', i) : at('policy'), what }];
  });
}
