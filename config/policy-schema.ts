/**
 * The shape of a city's plan as configuration: groups of people, regions, policies, scenes. One schema gives the types, the
 * check, the JSON Schema for editors and the documentation.
 */
import { type Static, Type } from 'typebox';
import { PERSONAL_CLAIM_NAMES } from './personal-claims.ts';

const name = Type.String({ pattern: '^[a-z0-9][a-z0-9/.-]{0,62}$' });
const listName = Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,62}$' });
const answer = Type.Union([Type.Literal('allow'), Type.Literal('refer'), Type.Literal('deny')]);
const noPass = Type.Union([Type.Literal('refer'), Type.Literal('deny')]);
const budget = Type.Integer({ minimum: 0, maximum: 1_000_000_000 });
const claimName = Type.String({ minLength: 1, maxLength: 64 });
const claimValue = Type.Union([Type.String({ maxLength: 128 }), Type.Number(), Type.Boolean()]);
const claimValues = Type.Array(claimValue, { minItems: 1, maxItems: 64 });
const strict = { additionalProperties: false } as const;

/** How the city's card is shown: as the chip card, or on a telephone. */
export const CARD_MODES = ['physical', 'electronic'] as const;
export type CardMode = (typeof CARD_MODES)[number];

/** Words in Chinese and English, to be shown to people. */
export const WordsSchema = Type.Object(
  {
    zh: Type.String({ minLength: 1, maxLength: 64 }),
    en: Type.String({ minLength: 1, maxLength: 128 }),
  },
  strict,
);

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
  strict,
);

const unmet = {
  /** What happens where it is not met. */
  else: noPass,
  /** What happens where nobody can say, such as a list that is not at hand. Default: as `else`. */
  unknown: Type.Optional(answer),
};

/** One thing a scene asks of whoever shows a credential, beside that it is good. */
const RequirementSchema = Type.Union([
  Type.Object({ group: name, ...unmet }, strict),
  /** A bit of the card list. */
  Type.Object({ entitlement: Type.Integer({ minimum: 0, maximum: 31 }), ...unmet }, strict),
  /** A public claim of the credential that has one of these values. */
  Type.Object({ claim: claimName, in: claimValues, ...unmet }, strict),
  /** A public claim that is a number of at least this. */
  Type.Object({ claim: claimName, at_least: Type.Number(), ...unmet }, strict),
  /** Being on a named list, such as a campus's members. */
  Type.Object({ member_of: listName, ...unmet }, strict),
]);

/** Entry and exit belong together, in all scenes of one area. Kept per person, at this gateway. */
const DirectionSchema = Type.Object(
  {
    area: name,
    passes: Type.Union([Type.Literal('entry'), Type.Literal('exit')]),
    /** Entry only: who entered less than this before is taken to have handed the credential back. */
    passback_ms: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400_000 })),
    /** Entry only: what happens then. */
    passback: Type.Optional(noPass),
    /** Entry: inside already. Exit: not inside. */
    out_of_turn: answer,
    /** Who entered longer ago than this is inside no more. */
    inside_ms_max: Type.Integer({ minimum: 1, maximum: 604_800_000 }),
  },
  strict,
);

/** What a gate does beside opening, for those whom nothing below names. */
const shown = {
  lane: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })),
  wide_gate: Type.Optional(Type.Boolean()),
  fare: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' })),
};
const ShowSchema = Type.Object(
  {
    ...shown,
    /** For a group: of those that somebody belongs to, the first that is named here. */
    groups: Type.Optional(
      Type.Array(Type.Object({ group: name, ...shown, words: Type.Optional(WordsSchema) }, strict), {
        minItems: 1,
        maxItems: 32,
      }),
    ),
    /** By outcome; a gate learns them when it asks for the scene, not with each answer. */
    words: Type.Optional(
      Type.Object(
        {
          allow: Type.Optional(WordsSchema),
          deny: Type.Optional(WordsSchema),
          refer: Type.Optional(WordsSchema),
        },
        strict,
      ),
    ),
  },
  strict,
);

export const RECEIPT_PURPOSES = ['identity', 'disbursement', 'payment'] as const;
export type ReceiptPurpose = (typeof RECEIPT_PURPOSES)[number];

/** What a policy says; a scene may say any of it for itself, which then replaces what its policy says. */
const rules = {
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
  /** All of them must be met. Default: none. */
  requires: Type.Optional(Type.Array(RequirementSchema, { minItems: 1, maxItems: 16 })),
  direction: Type.Optional(DirectionSchema),
  show: Type.Optional(ShowSchema),
  /** What a signed receipt of a decision here may be for. Default: none is given. */
  receipts: Type.Optional(Type.Array(Type.Enum([...RECEIPT_PURPOSES]), { minItems: 1, maxItems: 3 })),
  /** Days that its decisions may be reported on by person, such as attendance. Default: 90. */
  retention_days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_650 })),
};

const depth = Type.Integer({ minimum: 1, maximum: 3 });
const year = Type.String({ pattern: '^20[0-9]{2}$' });

/** A task of the city's plan. Source: the division of tasks in document 渝府办发〔2024〕73号. */
export const ServiceSchema = Type.Object(
  {
    /** Number in the plan. */
    service: Type.Integer({ minimum: 1, maximum: 10_000 }),
    /** `support`: a task that serves nobody by itself, such as legislation; no scene is of it. */
    kind: Type.Union([Type.Literal('service'), Type.Literal('support')]),
    title: WordsSchema,
    /** The office that is in charge, and those that help it. */
    lead: Type.String({ minLength: 1, maxLength: 64 }),
    partners: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    /** How the card may be shown. */
    card_modes: Type.Array(Type.Enum([...CARD_MODES]), { maxItems: 2 }),
    /** What the card is shown for. */
    categories: Type.Array(Type.Enum([...RECEIPT_PURPOSES]), { maxItems: 3 }),
    /** Where it is shown: something that opens, or somebody who looks. */
    points: Type.Array(Type.Union([Type.Literal('gate'), Type.Literal('desk')]), { maxItems: 2 }),
    /** Depth to be reached by the end of each year; `ministry`: it rests with the state's ministries. Null: no target is set. */
    plan: Type.Union([Type.Null(), Type.Record(year, Type.Union([depth, Type.Literal('ministry')]), strict)]),
    note: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  },
  strict,
);

export const PolicySchema = Type.Object({ policy: name, ...rules }, strict);

export const SceneSchema = Type.Object(
  {
    scene: name,
    /** Number in the city's plan (`plan.ts`). A scene whose name begins with a number begins with this one. */
    service: Type.Integer({ minimum: 1, maximum: 10_000 }),
    point: Type.Union([Type.Literal('gate'), Type.Literal('desk')]),
    policy: name,
    title: Type.Optional(WordsSchema),
    ...Type.Partial(Type.Object(rules)).properties,
  },
  strict,
);

/** Where it is known from that somebody belongs to a group; a source that cannot say is passed over. */
const GroupSourceSchema = Type.Union([
  /** Bit of the card list, 0 the lowest. It can say of every card that the list, or the platform, knows. */
  Type.Object({ card_bit: Type.Integer({ minimum: 0, maximum: 31 }) }, strict),
  /** It can say of every credential that has the claim; of one family, or of all. */
  Type.Object({ claim: claimName, in: claimValues, family: Type.Optional(name) }, strict),
  /** It can say while the list is at hand. */
  Type.Object({ list: listName }, strict),
]);

export const GroupSchema = Type.Object(
  {
    group: name,
    title: WordsSchema,
    /** In order of precedence: the first that can say decides. */
    from: Type.Array(GroupSourceSchema, { minItems: 1, maxItems: 8 }),
  },
  strict,
);

export const RegionSchema = Type.Object(
  {
    region: name,
    title: WordsSchema,
    /** Services at which a card of this region is recognised; `all`: at every one. */
    recognised: Type.Union([
      Type.Literal('all'),
      Type.Array(Type.Integer({ minimum: 1, maximum: 10_000 }), { maxItems: 64 }),
    ]),
  },
  strict,
);

export const CitySchema = Type.Object(
  {
    revision: Type.String({ minLength: 1, maxLength: 64 }),
    /** Without it, those of the shipped document. */
    services: Type.Optional(Type.Array(ServiceSchema, { minItems: 1, maxItems: 1_024 })),
    groups: Type.Optional(Type.Array(GroupSchema, { maxItems: 64 })),
    /** Without it, regions are whatever trust calls them. */
    regions: Type.Optional(Type.Array(RegionSchema, { minItems: 1, maxItems: 64 })),
    policies: Type.Array(PolicySchema, { minItems: 1, maxItems: 1_024 }),
    scenes: Type.Array(SceneSchema, { minItems: 1, maxItems: 10_000 }),
  },
  strict,
);

export type Words = Static<typeof WordsSchema>;
export type Requirement = Static<typeof RequirementSchema>;
export type Direction = Static<typeof DirectionSchema>;
export type Show = Static<typeof ShowSchema>;
export type Service = Static<typeof ServiceSchema>;
export type Group = Static<typeof GroupSchema>;
export type GroupSource = Static<typeof GroupSourceSchema>;
export type Region = Static<typeof RegionSchema>;
export type Scene = Static<typeof SceneSchema>;
export type CityDocument = Static<typeof CitySchema>;

/** What one scene asks beside the credential; worked out once, when the scenes are read. */
export interface Asked {
  /** Those that its requirements and what it shows name. */
  readonly groups: readonly Group[];
  /** Named lists that its requirements, or those groups, name. */
  readonly lists: readonly string[];
}

/** What holds at a scene: its policy, with what the scene says for itself. */
export type Policy = Static<typeof PolicySchema> & {
  /** Not there where nothing is asked. */
  readonly asked?: Asked;
};
