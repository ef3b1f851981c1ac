/**
 * The shape of a city's plan as configuration: groups of people, regions, policies, scenes. One schema gives the types, the
 * check, the JSON Schema for editors and the documentation.
 */
import { type Static, type TSchema, Type } from 'typebox';
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

/** The same schema, with what it is for people who write a document. */
const about = <T extends TSchema>(description: string, schema: T): T =>
  Object.defineProperties({ description }, Object.getOwnPropertyDescriptors(schema)) as unknown as T;

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
    spent: about('What happens to a card that would pass when one of the three is spent.', noPass),
    unlisted: about('Instead of the policy’s unlisted.', answer),
  },
  strict,
);

const unmet = {
  else: about('What happens where it is not met.', noPass),
  unknown: Type.Optional(
    about('What happens where nobody can say, such as a list that is not at hand. Default: as else.', answer),
  ),
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
    passback_ms: Type.Optional(
      about(
        'Entry only: who entered less than this before is taken to have handed the credential back.',
        Type.Integer({ minimum: 1, maximum: 86_400_000 }),
      ),
    ),
    passback: Type.Optional(about('Entry only: what happens then.', noPass)),
    out_of_turn: about('Entry: inside already. Exit: not inside.', answer),
    inside_ms_max: about(
      'Who entered longer ago than this is inside no more.',
      Type.Integer({ minimum: 1, maximum: 604_800_000 }),
    ),
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
    groups: Type.Optional(
      about(
        'For a group: of those that somebody belongs to, the first that is named here.',
        Type.Array(Type.Object({ group: name, ...shown, words: Type.Optional(WordsSchema) }, strict), {
          minItems: 1,
          maxItems: 32,
        }),
      ),
    ),
    words: Type.Optional(
      about(
        'By outcome; a gate learns them when it asks for the scene, not with each answer.',
        Type.Object(
          {
            allow: Type.Optional(WordsSchema),
            deny: Type.Optional(WordsSchema),
            refer: Type.Optional(WordsSchema),
          },
          strict,
        ),
      ),
    ),
  },
  strict,
);

export const RECEIPT_PURPOSES = ['identity', 'disbursement', 'payment'] as const;
export type ReceiptPurpose = (typeof RECEIPT_PURPOSES)[number];

/** What a policy says; a scene may say any of it for itself, which then replaces what its policy says. */
const rules = {
  families: about('Families of credential the scene takes.', Type.Array(name, { minItems: 1, maxItems: 16 })),
  regions: about('Regions whose cards are recognised.', Type.Array(name, { minItems: 1, maxItems: 64 })),
  holder: Type.Optional(
    about(
      'Whether what is shown must prove possession of a key. any takes what anybody with a copy could show as ' +
        'well, such as a health certificate. Default: bound.',
      Type.Union([Type.Literal('bound'), Type.Literal('any')]),
    ),
  ),
  disclose: Type.Optional(
    about(
      'Personal claims that the answer says where it does not deny. They are never kept. Default: none.',
      Type.Array(Type.Enum([...PERSONAL_CLAIM_NAMES]), { minItems: 1, maxItems: 16 }),
    ),
  ),
  unlisted: about('What happens to a proven card that is on no list.', answer),
  list_too_old: about(
    'What happens to a listed, good card when the list is older than list_age_max_ms.',
    answer,
  ),
  list_age_max_ms: about(
    'How old the card list may be.',
    Type.Integer({ minimum: 1, maximum: 31_536_000_000 }),
  ),
  replayable_ms_max: about(
    'A presentation that could be shown again for longer than this is denied: it would have to be remembered.',
    Type.Integer({ minimum: 1, maximum: 86_400_000 }),
  ),
  replay_window_ms: Type.Optional(
    about(
      'How long a presentation that has no end of its own, such as a chip’s signature, is remembered. Shown ' +
        'again later, it passes again. Default: limits.replay_window_ms of the settings.',
      Type.Integer({ minimum: 1, maximum: 86_400_000 }),
    ),
  ),
  replay_unshared: Type.Optional(
    about(
      'What happens to a code that was not used at this gateway, where the store that all gateways share does not say in ' +
        'time whether it was at another: accept (default; its record is marked, and what passed twice is found ' +
        'afterwards) or refer. Without such a store it is not looked at.',
      Type.Union([Type.Literal('accept'), Type.Literal('refer')]),
    ),
  ),
  live: about(
    'Whether the platform is asked for the card’s status now. never: the list alone. prefer: where it can be ' +
      'asked in time, else the list. require: as prefer, and could_not_ask says what happens without an answer.',
    Type.Union([Type.Literal('never'), Type.Literal('prefer'), Type.Literal('require')]),
  ),
  could_not_ask: Type.Optional(
    about('Only with live: require. allow takes the list’s word instead.', answer),
  ),
  not_covered: about('What happens to a proven card of an issuer that the list says nothing of.', answer),
  challenge: Type.Optional(
    about(
      'Whose challenge a credential must have signed, where its family can be shown with one: gateway, one that ' +
        'the gateway issued to this device for this scene; any (default), the device’s own will do.',
      Type.Union([Type.Literal('gateway'), Type.Literal('any')]),
    ),
  ),
  token_offline: Type.Optional(
    about(
      'What happens to an online code when whoever knows what it means cannot be asked in time. Default: deny.',
      noPass,
    ),
  ),
  token_business: Type.Optional(
    about(
      'What an online code is asked for: 01 query (default), 02 payment, 03 other, 04 cross-region.',
      Type.Enum(['01', '02', '03', '04']),
    ),
  ),
  stale: about('What may pass while the card list is past its freshness; 0 lets nothing pass.', StaleSchema),
  closed: about(
    'What happens to any card while nothing usable is known of the cards: an exit gate must open.',
    answer,
  ),
  requires: Type.Optional(
    about(
      'All of them must be met. Default: none.',
      Type.Array(RequirementSchema, { minItems: 1, maxItems: 16 }),
    ),
  ),
  direction: Type.Optional(
    about('Entry and exit belong together, in all scenes of one area.', DirectionSchema),
  ),
  show: Type.Optional(about('What a gate does beside opening, and what it says.', ShowSchema)),
  receipts: Type.Optional(
    about(
      'What a signed receipt of a decision here may be for. Default: none is given.',
      Type.Array(Type.Enum([...RECEIPT_PURPOSES]), { minItems: 1, maxItems: 3 }),
    ),
  ),
  retention_days: Type.Optional(
    about(
      'Days that its decisions may be reported on by person, such as attendance. Default: 90.',
      Type.Integer({ minimum: 1, maximum: 3_650 }),
    ),
  ),
};

const depth = Type.Integer({ minimum: 1, maximum: 3 });
const year = Type.String({ pattern: '^20[0-9]{2}$' });

/** A task of the city's plan. Source: the division of tasks in document 渝府办发〔2024〕73号. */
export const ServiceSchema = Type.Object(
  {
    service: about('Number in the plan.', Type.Integer({ minimum: 1, maximum: 10_000 })),
    kind: about(
      'support: a task that serves nobody by itself, such as legislation; no scene is of it.',
      Type.Union([Type.Literal('service'), Type.Literal('support')]),
    ),
    title: WordsSchema,
    lead: about(
      'The office that is in charge, and those that help it.',
      Type.String({ minLength: 1, maxLength: 64 }),
    ),
    partners: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    card_modes: about('How the card may be shown.', Type.Array(Type.Enum([...CARD_MODES]), { maxItems: 2 })),
    categories: about(
      'What the card is shown for.',
      Type.Array(Type.Enum([...RECEIPT_PURPOSES]), { maxItems: 3 }),
    ),
    points: about(
      'Where it is shown: something that opens, or somebody who looks.',
      Type.Array(Type.Union([Type.Literal('gate'), Type.Literal('desk')]), { maxItems: 2 }),
    ),
    plan: about(
      'Depth to be reached by the end of each year; ministry: it rests with the state’s ministries. Null: no ' +
        'target is set.',
      Type.Union([Type.Null(), Type.Record(year, Type.Union([depth, Type.Literal('ministry')]), strict)]),
    ),
    note: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  },
  strict,
);

export const PolicySchema = Type.Object(
  { policy: about('Name that scenes follow it by.', name), ...rules },
  { ...strict, title: 'Policy' },
);

export const SceneSchema = Type.Object(
  {
    scene: about('Name, such as 29/entry: the service and the place.', name),
    service: about(
      'Number in the city’s plan. A scene whose name begins with a number begins with this one.',
      Type.Integer({ minimum: 1, maximum: 10_000 }),
    ),
    point: about(
      'gate: something that opens. desk: somebody who looks.',
      Type.Union([Type.Literal('gate'), Type.Literal('desk')]),
    ),
    policy: about('The policy it follows, where it says nothing for itself.', name),
    title: Type.Optional(about('What the place is called.', WordsSchema)),
    ...Type.Partial(Type.Object(rules)).properties,
  },
  { ...strict, title: 'Scene' },
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
    from: about(
      'In order of precedence: the first that can say decides.',
      Type.Array(GroupSourceSchema, { minItems: 1, maxItems: 8 }),
    ),
  },
  strict,
);

export const RegionSchema = Type.Object(
  {
    region: name,
    title: WordsSchema,
    recognised: about(
      'Services at which a card of this region is recognised; all: at every one.',
      Type.Union([
        Type.Literal('all'),
        Type.Array(Type.Integer({ minimum: 1, maximum: 10_000 }), { maxItems: 64 }),
      ]),
    ),
  },
  strict,
);

export const CitySchema = Type.Object(
  {
    revision: about(
      'What this document is called. Decisions carry it with a digest of the content.',
      Type.String({ minLength: 1, maxLength: 64 }),
    ),
    services: Type.Optional(
      about(
        'Without it, those of the shipped document.',
        Type.Array(ServiceSchema, { minItems: 1, maxItems: 1_024 }),
      ),
    ),
    groups: Type.Optional(
      about('Groups of people that scenes name.', Type.Array(GroupSchema, { maxItems: 64 })),
    ),
    regions: Type.Optional(
      about(
        'Without it, regions are whatever trust calls them.',
        Type.Array(RegionSchema, { minItems: 1, maxItems: 64 }),
      ),
    ),
    policies: about(
      'What holds at every scene that follows one.',
      Type.Array(PolicySchema, { minItems: 1, maxItems: 1_024 }),
    ),
    scenes: about(
      'Places where a card is shown for a service.',
      Type.Array(SceneSchema, { minItems: 1, maxItems: 10_000 }),
    ),
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
