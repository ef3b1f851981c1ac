/** Taps that are proven already, for `bench/policy.ts`: judged as the gateway judges them, with everything around made up. */
import { createHash } from 'node:crypto';
import type { Group, Requirement, Scene } from '../config/policy-schema.ts';
import { parseScenes, type SceneTable } from '../config/scenes.ts';
import type { ListInForce } from '../gateway/tap/4-status/status.ts';
import type { Flight } from '../gateway/tap/flights.ts';
import { personalText } from '../workers/claims.ts';
import type { NamedVerdict } from '../workers/contract.ts';
import { PRESENTABLE_FAMILIES } from '../workers/families/table.ts';

export const START_MS = Date.UTC(2026, 10, 30, 8);
const PEOPLE = 20_000;
const LIST = 'members';

/** What the scenes of one kind ask; every kind has as many scenes, and all stand in one table. */
export const KINDS = ['nothing', 'groups', 'requirements', 'direction', 'everything'] as const;
export type Kind = (typeof KINDS)[number];

const BITS = ['senior', 'student', 'disabled', 'unemployed', 'veteran', 'medical-staff', 'foreign-worker'];
const GROUPS: Group[] = BITS.map((group, bit) => ({
  ...{ group, title: { zh: group, en: group } },
  from: [{ card_bit: bit }, { claim: 'accountType', in: [group] }, { list: LIST }],
}));
const show = {
  ...{ lane: 'general', fare: 'full' },
  groups: BITS.map((group) => ({ group, fare: 'reduced', wide_gate: group === 'disabled' })),
};
const requires: Requirement[] = [
  { group: 'senior', else: 'deny' },
  { entitlement: 0, else: 'deny' },
  { claim: 'accountType', in: ['normal'], else: 'deny' },
  { member_of: LIST, else: 'deny' },
];

function said(kind: Kind, index: number): Partial<Scene> {
  const area = { area: `${kind}-${index >> 1}`, inside_ms_max: 3_600_000, out_of_turn: 'deny' } as const;
  const direction =
    index % 2 === 0
      ? ({ ...area, passes: 'entry', passback_ms: 1, passback: 'deny' } as const)
      : ({ ...area, passes: 'exit' } as const);
  const isAll = kind === 'everything';
  return {
    ...((kind === 'groups' || isAll) && { show }),
    ...((kind === 'requirements' || isAll) && { requires }),
    ...((kind === 'direction' || isAll) && { direction }),
  };
}

/** `count`: scenes in all. */
export function tableOf(count: number): SceneTable {
  const perKind = Math.floor(count / KINDS.length / 2) * 2;
  const scenes = KINDS.flatMap((kind) =>
    Array.from({ length: perKind }, (_, index) => ({
      ...{ scene: nameOf(kind, index), service: 29, point: 'gate', policy: 'gates' },
      ...said(kind, index),
    })),
  );
  const document = {
    revision: 'bench',
    groups: GROUPS,
    policies: [
      {
        ...{ policy: 'gates', families: ['transit-qr'], regions: ['cq'], live: 'never', closed: 'allow' },
        ...{ unlisted: 'deny', list_too_old: 'deny', not_covered: 'deny', list_age_max_ms: 3_600_000 },
        ...{ replayable_ms_max: 900_000 },
        stale: { per_card: 1, per_device: 1, per_outage: 1, spent: 'deny', unlisted: 'deny' },
      },
    ],
    scenes,
  };
  return parseScenes(document, PRESENTABLE_FAMILIES);
}

const nameOf = (kind: Kind, index: number) => `29/${kind}-${index}`;

/** Knows every card, as a senior's. */
export const cards: ListInForce = {
  revision: '0a1b2c3d.7',
  head: { issuedAtMs: START_MS - 1_000, freshUntilMs: START_MS * 2, staleUntilMs: START_MS * 2 },
  keyOf: () => new Uint8Array(16),
  lookupKey: () => ({ state: 'good', entitlements: 1 }),
};
export const members = {
  head: { staleUntilMs: START_MS * 2 },
  lookup: () => ({ state: 'good', entitlements: 0 }) as const,
};

export interface ShownTap {
  readonly scene: string;
  readonly verdict: NamedVerdict;
  readonly flight: Flight;
  readonly atMs: number;
}

/** People take turns; where somebody entered the time before, he leaves this time. */
export class Shows {
  readonly #people: readonly Uint8Array[];
  readonly #perKind: number;
  readonly #turns: Record<Kind, number> = {
    nothing: 0,
    groups: 0,
    requirements: 0,
    direction: 0,
    everything: 0,
  };
  #count = 0;

  constructor(seed: string, table: SceneTable) {
    this.#people = Array.from({ length: PEOPLE }, (_, i) => sixteen(`${seed} ${i}`));
    this.#perKind = table.scenes.length / KINDS.length;
  }

  next(kind: Kind, policyRevision: string): ShownTap {
    const turn = this.#turns[kind];
    this.#turns[kind] += 1;
    this.#count += 1;
    const who = turn % PEOPLE;
    const pair = who % (this.#perKind / 2);
    const scene = nameOf(kind, pair * 2 + (Math.floor(turn / PEOPLE) % 2));
    const subject = this.#people[who] ?? sixteen('');
    return {
      scene,
      atMs: START_MS + this.#count,
      verdict: verdictOf(subject, this.#count),
      flight: this.#flight(scene, policyRevision),
    };
  }

  #flight(scene: string, policyRevision: string): Flight {
    const tap = {
      id: { deviceId: 'gate-1', stream: '00112233445566778899aabbccddeeff', seq: this.#count },
      device: { deviceId: 'gate-1', class: 'gate', scenes: [scene], enrolment: '' },
      presentation: { family: 'transit-qr' },
    };
    const flight: Pick<Flight, 'scene' | 'policyRevision' | 'challenge' | 'class'> & {
      readonly tap: unknown;
    } = {
      ...{ tap, scene, policyRevision, challenge: null, class: 'gate' },
    };
    return flight as Flight;
  }
}

function verdictOf(subject: Uint8Array, count: number): NamedVerdict {
  const replayName = Uint8Array.from(subject);
  new DataView(replayName.buffer).setUint32(4, count);
  return {
    ...{ ok: true, code: 'proof.ok', failed: null, presentationDigest: replayName },
    facts: {
      ...{ credentialId: personalText('card'), issuer: '03664530', region: 'cq', mode: 'interoperable' },
      ...{ replayableUntilMs: START_MS + 60_000, validUntilMs: START_MS * 2, holderBound: true },
      claims: { accountType: 'normal', limitFen: 20_000, platform: '01', certificateSerial: '0a' },
      ...{ credentialName: subject, subjectName: subject, replayName },
    },
  };
}

function sixteen(label: string): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(label).digest().subarray(0, 16));
}
