/** Entry and exit: what in one direction speaks against itself, and areas that have but one of the two. */
import type { CityDocument, Direction, Policy } from '../policy-schema.ts';
import { rulesOf } from '../scene-rules.ts';
import type { CityFault } from './city-fault.ts';
import type { At } from './rule-faults.ts';

export function directionFaults({ direction }: Policy, at: At): CityFault[] {
  if (!direction) return [];
  const { passes, passback_ms, passback, inside_ms_max } = direction;
  const faults: CityFault[] = [];
  const fault = (key: keyof Direction, what: string) => faults.push({ path: at('direction', key), what });
  if (passes === 'exit') {
    if (passback_ms !== undefined) fault('passback_ms', 'passback_ms belongs to passes: entry: delete it');
    if (passback !== undefined) fault('passback', 'passback belongs to passes: entry: delete it');
    return faults;
  }
  if (passback_ms !== undefined && passback === undefined) {
    fault('passback_ms', 'passback_ms needs passback: refer or deny, for when it happens');
  }
  if (passback !== undefined && passback_ms === undefined) {
    fault('passback', 'passback needs passback_ms: the time within which a second entry is one');
  }
  if (passback_ms !== undefined && passback_ms > inside_ms_max) {
    fault(
      'passback_ms',
      `passback_ms must not exceed inside_ms_max (${inside_ms_max}), after which who entered is inside no more`,
    );
  }
  return faults;
}

/** Of scenes whose policies there are. */
export function areaFaults(document: CityDocument): CityFault[] {
  const policies = new Map<string, Policy>(document.policies.map((policy) => [policy.policy, policy]));
  const passing = document.scenes.flatMap((described, i) => {
    const policy = policies.get(described.policy);
    const direction = policy && rulesOf(described, policy, []).direction;
    const at = ['scenes', i, described.direction ? 'direction' : 'policy'] as const;
    return direction ? [{ scene: described.scene, at, ...direction }] : [];
  });
  return [...Map.groupBy(passing, ({ area }) => area)].flatMap(([area, these]): CityFault[] => {
    const [first] = these;
    if (!first || these.some(({ passes }) => passes !== first.passes)) return [];
    // Who passes in again is let in: nobody waits for an exit, such as where only handing back is stopped.
    if (these.every(({ passes, out_of_turn }) => passes === 'entry' && out_of_turn === 'allow')) return [];
    const [missing, where] = first.passes === 'entry' ? ['exit', 'leave'] : ['entry', 'come in'];
    const what =
      `area ${area} has an ${first.passes} (${first.scene}) and no ${missing}: give the scene where people ${where} a direction ` +
      `of this area that passes ${missing}, or take this one out`;
    return [{ path: first.at, what }];
  });
}
