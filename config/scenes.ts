/** Scenes (a service of the city's plan at a kind of point) and the policies they follow. */
import { Compile } from 'typebox/compile';
import { meant } from './nearest-name.ts';
import { OnecardError } from './onecard-error.ts';
import { offPlan } from './plan.ts';
import { CitySchema, type Policy, type Scene } from './policy-schema.ts';
import { rulesOf } from './scene-rules.ts';
import { readStrictText } from './strict-text.ts';

export type { Policy, Scene } from './policy-schema.ts';

export interface SceneTable {
  readonly revision: string;
  /** What holds at a scene; null when there is no such scene. */
  policyOf(scene: string): Policy | null;
  readonly scenes: readonly string[];
  /** Every scene as it was written. */
  readonly described: readonly Scene[];
  /** As it was read, for whoever reads it again: another thread. */
  readonly document: unknown;
  /** Longest time any policy lets a presentation be shown again in, milliseconds. */
  readonly replayableMsMax: number;
}

export class ScenesError extends OnecardError {
  override readonly name = 'ScenesError';
  readonly code = 'scenes_unusable';
}

const compiled = Compile(CitySchema);

/** What in a policy speaks against something else in it; null when nothing does. */
function contradiction(policy: Policy, families: readonly string[]): string | null {
  const { stale, live, could_not_ask } = policy;
  const unknown = policy.families.find((family) => !families.includes(family));
  if (unknown !== undefined) return `there is no family ${unknown}; ${meant(unknown, families)}`;
  if ((policy.replay_window_ms ?? 0) > policy.replayable_ms_max) {
    return 'replay_window_ms must not exceed replayable_ms_max: what has no end of its own would always be denied';
  }
  if ((live === 'require') !== (could_not_ask !== undefined)) {
    return 'could_not_ask belongs to live: require, and to nothing else';
  }
  if (stale.per_card > stale.per_device || stale.per_device > stale.per_outage) {
    return 'stale: per_card <= per_device <= per_outage';
  }
  return null;
}

/** What in a scene speaks against the plan; null when nothing does. */
function contradictsPlan({ scene, service, point }: Scene): string | null {
  const [, number] = /^(\d+)\//.exec(scene) ?? [];
  if (number !== undefined && Number(number) !== service) {
    return `its name says service ${number}, and it is of service ${service}`;
  }
  return offPlan(service, point);
}

/**
 * Checks shape, relations, the plan, names used twice and names that lead nowhere. `families`: those that a gate or a desk may
 * present. Throws ScenesError.
 */
export function parseScenes(value: unknown, families: readonly string[]): SceneTable {
  if (!compiled.Check(value)) {
    const faults = compiled.Errors(value).map((e) => `  ${e.instancePath || '/'}: ${e.message}`);
    throw new ScenesError(`scenes are not usable:\n${[...new Set(faults)].join('\n')}`);
  }
  const policies = new Map<string, Policy>();
  for (const policy of value.policies) {
    if (policies.has(policy.policy)) throw new ScenesError(`policy ${policy.policy} is there twice`);
    const fault = contradiction(policy, families);
    if (fault !== null) throw new ScenesError(`policy ${policy.policy}: ${fault}`);
    policies.set(policy.policy, policy);
  }
  const scenes = new Map<string, Policy>();
  for (const described of value.scenes) {
    const { scene, policy } = described;
    const found = policies.get(policy);
    if (!found) {
      const instead = meant(policy, [...policies.keys()]);
      throw new ScenesError(`scene ${scene} follows policy ${policy}, which does not exist; ${instead}`);
    }
    const fault = contradictsPlan(described);
    if (fault !== null) throw new ScenesError(`scene ${scene}: ${fault}`);
    if (scenes.has(scene)) throw new ScenesError(`scene ${scene} is there twice`);
    const rules = rulesOf(described, found, value.groups ?? []);
    const faultOfRules = rules === found ? null : contradiction(rules, families);
    if (faultOfRules !== null) throw new ScenesError(`scene ${scene}: ${faultOfRules}`);
    scenes.set(scene, rules);
  }
  return {
    revision: value.revision,
    policyOf: (scene) => scenes.get(scene) ?? null,
    scenes: [...scenes.keys()],
    described: value.scenes,
    document: value,
    replayableMsMax: Math.max(...[...scenes.values()].map((rules) => rules.replayable_ms_max)),
  };
}

/** Reads scenes and policies from a JSON file; without one, those that come along. */
export function loadScenes(families: readonly string[], file?: string): SceneTable {
  const source = file ?? new URL('./scenes.json', import.meta.url);
  let value: unknown;
  try {
    value = JSON.parse(readStrictText(source));
  } catch (cause) {
    throw new ScenesError(`cannot read scenes from ${source}: ${(cause as Error).message}`, { cause });
  }
  return parseScenes(value, families);
}
