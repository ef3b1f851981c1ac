/** Scenes (a service of the city's plan at a kind of point) and the policies they follow. */
import { readFileSync } from 'node:fs';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';

const name = Type.String({ pattern: '^[a-z0-9][a-z0-9/.-]{0,62}$' });
const answer = Type.Union([Type.Literal('allow'), Type.Literal('refer'), Type.Literal('deny')]);

const PolicySchema = Type.Object(
  {
    policy: name,
    /** Families of credential the scene takes. */
    families: Type.Array(name, { minItems: 1, maxItems: 16 }),
    /** Regions whose cards are recognised. */
    regions: Type.Array(name, { minItems: 1, maxItems: 64 }),
    /** What happens to a proven card that is on no list. */
    unlisted: answer,
    /** What happens to a listed, good card when the list is older than `list_age_max_ms`. */
    list_too_old: answer,
    list_age_max_ms: Type.Integer({ minimum: 1, maximum: 31_536_000_000 }),
    /** A presentation that could be shown again for longer than this is denied: it would have to be remembered. */
    replayable_ms_max: Type.Integer({ minimum: 1, maximum: 86_400_000 }),
  },
  { additionalProperties: false },
);

const ScenesSchema = Type.Object(
  {
    revision: Type.String({ minLength: 1, maxLength: 64 }),
    policies: Type.Array(PolicySchema, { minItems: 1, maxItems: 1_024 }),
    scenes: Type.Array(
      Type.Object(
        {
          scene: name,
          service: Type.Integer({ minimum: 1, maximum: 10_000 }),
          point: Type.Union([Type.Literal('gate'), Type.Literal('desk')]),
          policy: name,
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 10_000 },
    ),
  },
  { additionalProperties: false },
);

export type Policy = Static<typeof PolicySchema>;

export interface SceneTable {
  readonly revision: string;
  /** Null when there is no such scene. */
  policyOf(scene: string): Policy | null;
  readonly scenes: readonly string[];
  /** Longest time any policy lets a presentation be shown again in, milliseconds. */
  readonly replayableMsMax: number;
}

export class ScenesError extends Error {
  override readonly name = 'ScenesError';
}

const compiled = Compile(ScenesSchema);

/** Checks shape, names used twice and names that lead nowhere. Throws ScenesError. */
export function parseScenes(value: unknown): SceneTable {
  if (!compiled.Check(value)) {
    const faults = compiled.Errors(value).map((e) => `  ${e.instancePath || '/'}: ${e.message}`);
    throw new ScenesError(`scenes are not usable:\n${[...new Set(faults)].join('\n')}`);
  }
  const policies = new Map<string, Policy>();
  for (const policy of value.policies) {
    if (policies.has(policy.policy)) throw new ScenesError(`policy ${policy.policy} is there twice`);
    policies.set(policy.policy, policy);
  }
  const scenes = new Map<string, Policy>();
  for (const { scene, policy } of value.scenes) {
    const found = policies.get(policy);
    if (!found) throw new ScenesError(`scene ${scene} follows policy ${policy}, which does not exist`);
    if (scenes.has(scene)) throw new ScenesError(`scene ${scene} is there twice`);
    scenes.set(scene, found);
  }
  return {
    revision: value.revision,
    policyOf: (scene) => scenes.get(scene) ?? null,
    scenes: [...scenes.keys()],
    replayableMsMax: Math.max(...value.policies.map((policy) => policy.replayable_ms_max)),
  };
}

/** Reads scenes and policies from a JSON file; without one, those that come along. */
export function loadScenes(file?: string): SceneTable {
  const source = file ?? new URL('./scenes.json', import.meta.url);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(source, 'utf8'));
  } catch (cause) {
    throw new ScenesError(`cannot read scenes from ${source}: ${(cause as Error).message}`, { cause });
  }
  return parseScenes(value);
}
