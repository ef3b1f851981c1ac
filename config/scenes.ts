/** Scenes (a service of the city's plan at a kind of point) and the policies they follow. */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { meant } from './nearest-name.ts';
import { OnecardError } from './onecard-error.ts';
import { PERSONAL_CLAIM_NAMES } from './personal-claims.ts';
import { offPlan } from './plan.ts';
import { readStrictText } from './strict-text.ts';

const name = Type.String({ pattern: '^[a-z0-9][a-z0-9/.-]{0,62}$' });
const answer = Type.Union([Type.Literal('allow'), Type.Literal('refer'), Type.Literal('deny')]);
const noPass = Type.Union([Type.Literal('refer'), Type.Literal('deny')]);
const budget = Type.Integer({ minimum: 0, maximum: 1_000_000_000 });

/**
 * What may pass while the card list is past its freshness. A budget counts what this gateway allowed since then on the
 * word of the list alone, at all its scenes together; 0 lets nothing pass.
 */
const StaleSchema = Type.Object(
  {
    per_card: budget,
    per_device: budget,
    per_outage: budget,
    /** What happens to a card that would pass when one of the three is spent. */
    spent: noPass,
    /** Instead of the policy's `unlisted`. */
    unlisted: answer,
  },
  { additionalProperties: false },
);

const PolicySchema = Type.Object(
  {
    policy: name,
    /** Families of credential the scene takes. */
    families: Type.Array(name, { minItems: 1, maxItems: 16 }),
    /** Regions whose cards are recognised. */
    regions: Type.Array(name, { minItems: 1, maxItems: 64 }),
    /**
     * Whether what is shown must prove possession of a key. `any` takes what anybody with a copy could show as well, such as
     * a health certificate. Default: `bound`.
     */
    holder: Type.Optional(Type.Union([Type.Literal('bound'), Type.Literal('any')])),
    /** Personal claims that the answer says where it does not deny. They are never kept. Default: none. */
    disclose: Type.Optional(Type.Array(Type.Enum([...PERSONAL_CLAIM_NAMES]), { minItems: 1, maxItems: 16 })),
    /** What happens to a proven card that is on no list. */
    unlisted: answer,
    /** What happens to a listed, good card when the list is older than `list_age_max_ms`. */
    list_too_old: answer,
    list_age_max_ms: Type.Integer({ minimum: 1, maximum: 31_536_000_000 }),
    /** A presentation that could be shown again for longer than this is denied: it would have to be remembered. */
    replayable_ms_max: Type.Integer({ minimum: 1, maximum: 86_400_000 }),
    /**
     * How long a presentation that has no end of its own, such as a chip's signature, is remembered. Shown again later,
     * it passes again. Default: `limits.replay_window_ms` of the settings.
     */
    replay_window_ms: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400_000 })),
    /**
     * Whether the platform is asked for the card's status now. `never`: the list alone. `prefer`: where it can be asked
     * in time, else the list. `require`: as `prefer`, and `could_not_ask` says what happens without an answer.
     */
    live: Type.Union([Type.Literal('never'), Type.Literal('prefer'), Type.Literal('require')]),
    /** Only with `live: require`. `allow` takes the list's word instead. */
    could_not_ask: Type.Optional(answer),
    /** What happens to a proven card of an issuer that the list says nothing of. */
    not_covered: answer,
    /**
     * Whose challenge a credential must have signed, where its family can be shown with one: `gateway`, one that the gateway
     * issued to this device for this scene; `any` (default), the device's own will do.
     */
    challenge: Type.Optional(Type.Union([Type.Literal('gateway'), Type.Literal('any')])),
    /** What happens to an online code when whoever knows what it means cannot be asked in time. Default: `deny`. */
    token_offline: Type.Optional(noPass),
    /** What an online code is asked for: 01 query (default), 02 payment, 03 other, 04 cross-region. */
    token_business: Type.Optional(Type.Enum(['01', '02', '03', '04'])),
    stale: StaleSchema,
    /** What happens to any card while nothing usable is known of the cards: an exit gate must open. */
    closed: answer,
    /** The list the card must be on as well, such as a campus's members; with the two below, or without all three. */
    named_list: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,62}$' })),
    /** What happens to a card that is not on it. */
    not_named: Type.Optional(noPass),
    /** What happens when it is not at hand, or too old. `allow` goes on without it. */
    named_list_missing: Type.Optional(answer),
  },
  { additionalProperties: false },
);

const SceneSchema = Type.Object(
  {
    scene: name,
    /** Number in the city's plan (`plan.ts`). A scene whose name begins with a number begins with this one. */
    service: Type.Integer({ minimum: 1, maximum: 10_000 }),
    point: Type.Union([Type.Literal('gate'), Type.Literal('desk')]),
    policy: name,
  },
  { additionalProperties: false },
);

const ScenesSchema = Type.Object(
  {
    revision: Type.String({ minLength: 1, maxLength: 64 }),
    policies: Type.Array(PolicySchema, { minItems: 1, maxItems: 1_024 }),
    scenes: Type.Array(SceneSchema, { minItems: 1, maxItems: 10_000 }),
  },
  { additionalProperties: false },
);

export type Policy = Static<typeof PolicySchema>;
export type Scene = Static<typeof SceneSchema>;

export interface SceneTable {
  readonly revision: string;
  /** Null when there is no such scene. */
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

const compiled = Compile(ScenesSchema);

/** What in a policy speaks against something else in it; null when nothing does. */
function contradiction(policy: Policy, families: readonly string[]): string | null {
  const { stale, live, could_not_ask, named_list, not_named, named_list_missing } = policy;
  const unknown = policy.families.find((family) => !families.includes(family));
  if (unknown !== undefined) return `there is no family ${unknown}; ${meant(unknown, families)}`;
  if ((policy.replay_window_ms ?? 0) > policy.replayable_ms_max) {
    return 'replay_window_ms must not exceed replayable_ms_max: what has no end of its own would always be denied';
  }
  if ((live === 'require') !== (could_not_ask !== undefined)) {
    return 'could_not_ask belongs to live: require, and to nothing else';
  }
  const named = [named_list, not_named, named_list_missing].filter((each) => each !== undefined).length;
  if (named !== 0 && named !== 3) return 'named_list, not_named and named_list_missing belong together';
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
    scenes.set(scene, found);
  }
  return {
    revision: value.revision,
    policyOf: (scene) => scenes.get(scene) ?? null,
    scenes: [...scenes.keys()],
    described: value.scenes,
    document: value,
    replayableMsMax: Math.max(...value.policies.map((policy) => policy.replayable_ms_max)),
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
