/** A real tap through every scene of every service of the city's plan, of each family it takes: allowed, and refused. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadScenes } from '../../config/scenes.ts';
import { NEIGHBOURS } from '../../platform/cards/region-numbers.ts';
import type { City } from '../../platform/city.ts';
import { binaryForm } from '../../platform/issue/binary-form.ts';
import { presentationLine } from '../../platform/issue/presentations.ts';
import { familyNamed, PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { goodCards } from '../system/presentations.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';
import {
  DISABLED,
  EXPECTED_SCENES,
  MODE_OF,
  REFUSED,
  SENIOR,
  STUDENT,
  UNEMPLOYED,
} from './every-service-table.rig.ts';

const MEMBERS = Array.from({ length: 20 }, (_, at) => ({ index: at * 2 }));
const table = loadScenes(PRESENTABLE_FAMILIES);
const pointOf = new Map(table.described.map(({ scene, point }) => [scene, point]));
const scenesAt = (point: 'gate' | 'desk') => table.scenes.filter((scene) => pointOf.get(scene) === point);

let composed: ComposedGateway;
const clients = new Map<string, PlainClient>();
let sent = 0;
const taken = new Set<number>();
/** `scene family` of taps that were allowed, and of those that were not. */
const allowed = new Set<string>();
const refused = new Set<string>();

beforeAll(async () => {
  composed = await startComposed({
    cards: 1_200,
    city: { neighbours: NEIGHBOURS },
    devices: (['gate', 'desk'] as const).map((point) => ({
      deviceId: `${point}-1`,
      class: point,
      scenes: scenesAt(point),
    })),
    // A busy machine is no fault.
    settings: { live: { deadline_gate_ms: 15_000, deadline_desk_ms: 15_000 } },
    platform: { named: { 'campus-members': MEMBERS } },
  });
  for (const point of ['gate', 'desk']) {
    clients.set(point, await PlainClient.connect(composed.target(`${point}-1`)));
  }
  for (let mode = ''; mode !== 'live'; await sleep(20)) {
    ({ mode } = (await (await fetch(`${composed.address.admin}/mode`)).json()) as { mode: string });
  }
});
afterAll(async () => {
  for (const client of clients.values()) await client.bye();
  await composed.stop();
});

interface Wanted {
  readonly state?: 'good' | 'suspended';
  /** Bit that the holder has, or all but this one. */
  readonly bit?: number | undefined;
  readonly list?: boolean;
}

/** The card of somebody who has tapped nowhere yet; a suspended card may come again, since what is denied uses nothing up. */
function somebody({ state = 'good', bit, list = false }: Wanted): number {
  const bits = bit === undefined ? 0 : 1 << bit;
  const found = Array.from({ length: composed.city.size }, (_, index) => index).find((index) => {
    const identity = composed.city.identity(index);
    if (identity.state !== state || (state === 'good' && taken.has(index))) return false;
    const isMember = MEMBERS.some((member) => member.index === index);
    return state === 'suspended' || (isMember === list && (list || identity.entitlements === bits));
  });
  if (found === undefined) throw new Error(`no card is left that is ${JSON.stringify({ state, bit, list })}`);
  taken.add(found);
  return found;
}

interface Shown {
  readonly city?: City;
  readonly index: number;
  readonly fault?: string | null;
  /** How long ago it was made. */
  readonly agoMs?: number;
}

async function tapped(
  scene: string,
  family: string,
  { city = composed.city, index, fault = null, agoMs = 0 }: Shown,
) {
  const client = clients.get(pointOf.get(scene) ?? '');
  if (client === undefined) throw new Error(`no device at ${scene}`);
  sent += 1;
  const challenge = await challengeFor(client, scene, family);
  const line = presentationLine(family, {
    ...{
      city,
      index,
      atMs: Date.now() - agoMs,
      mode: 'dda',
      chip: 0,
      nonce: String(sent),
      fault,
    },
    ...(challenge && { challenge }),
  });
  const { message } = await client.tap(sent, { scene, family, ...binaryForm(line) });
  (message['outcome'] === 'allow' ? allowed : refused).add(`${scene} ${family}`);
  return message;
}

async function challengeFor(client: PlainClient, scene: string, family: string): Promise<Uint8Array | null> {
  const { challenge, challengeBytes } = familyNamed(family) ?? {};
  const isWanted = challenge === 'optional' && table.policyOf(scene)?.challenge === 'gateway';
  if (challenge !== 'required' && !isWanted) return null;
  const wish = { scene, ...(challengeBytes !== undefined && { bytes: challengeBytes }) };
  const said: PlainMessage = await client.challenge(sent, wish);
  return new Uint8Array(Buffer.from(String(said['challenge']), 'base64url'));
}

test('the shipped city has the scenes that are expected, and each takes the families that are', () => {
  const shipped = table.scenes.map((scene) => [scene, [...(table.policyOf(scene)?.families ?? [])].sort()]);
  const expected = Object.entries(EXPECTED_SCENES).map(([scene, { takes }]) => [
    scene,
    Object.keys(takes).sort(),
  ]);
  expect(Object.fromEntries(shipped)).toEqual(Object.fromEntries(expected));
});

describe.each(Object.entries(EXPECTED_SCENES))('%s', (scene, { takes, bit, list, after, again }) => {
  const isListed = list !== undefined;
  test.each(Object.entries(takes))('%s is allowed', async (family, code) => {
    const index = somebody({ bit, list: isListed });
    if (after !== undefined) await tapped(after, family, { index, agoMs: 5_000 });
    const answer = await tapped(scene, family, { index, agoMs: 2_000 });
    expect(answer).toMatchObject({ outcome: 'allow', code, scene, facts: { region: 'cq' } });
    if (again !== undefined) expect((await tapped(scene, family, { index }))['code']).toBe(again);
  });

  test.each(Object.keys(takes))('%s is refused, suspended or forged', async (family) => {
    const { fault = null, code } = REFUSED[family] ?? {};
    const index = somebody({ state: fault === null ? 'suspended' : 'good' });
    expect(await tapped(scene, family, { index, fault })).toMatchObject({ outcome: 'deny', code });
  });
});

describe.each(Object.entries(EXPECTED_SCENES).filter(([, { unmet }]) => unmet !== undefined))(
  'what %s asks',
  (scene, { takes, unmet }) => {
    test.each(Object.keys(takes))('is held against a %s of somebody else', async (family) => {
      expect((await tapped(scene, family, { index: somebody({}) }))['code']).toBe(unmet);
    });
  },
);

describe.each(Object.entries(EXPECTED_SCENES))(
  'a card of a neighbour at %s',
  (scene, { takes, elsewhere }) => {
    test.each(NEIGHBOURS)('of %s', async (region) => {
      const city = composed.city.neighbour(region);
      const [family = ''] = Object.keys(takes);
      const expected = elsewhere?.[region] ?? 'deny.region_not_accepted';
      const answer = await tapped(scene, family, { city, index: goodCards(city, 'sm2')[sent % 20] ?? 0 });
      expect(answer).toMatchObject({ code: expected });
    });
  },
);

test.each([
  ['29/entry', DISABLED, { lane: 'wide', wide_gate: true, fare: 'free' }],
  ['29/entry', SENIOR, { lane: 'general', fare: 'free' }],
  ['29/bus', STUDENT, { fare: 'student' }],
  ['32/gate', STUDENT, { lane: 'general', fare: 'half' }],
  ['16/canteen', SENIOR, { fare: 'senior' }],
  ['1/desk', UNEMPLOYED, { lane: 'jobseekers' }],
])('at %s, what is opened and charged for whoever has bit %i', async (scene, bit, shown) => {
  const answer = await tapped(scene, 'chip-oda', { index: somebody({ bit }) });
  expect(answer).toMatchObject({ outcome: 'allow', facts: shown });
});

test.each([
  ['41/desk', ['group_disabled']],
  ['8/desk', []],
])(
  'at %s, of the groups that the platform tells with an online code those alone that are asked',
  async (scene, names) => {
    const { facts } = await tapped(scene, 'token', { index: somebody({ bit: DISABLED }) });
    const told = Object.keys(facts as object).filter((name) => name.startsWith('group_'));
    expect(told).toEqual(names);
  },
);

describe('when all have tapped', () => {
  const families = (scene: string) => Object.keys(EXPECTED_SCENES[scene]?.takes ?? {});

  test('every scene has let through and refused each family that it takes', () => {
    const all = table.scenes.flatMap((scene) => families(scene).map((family) => `${scene} ${family}`));
    expect(all.filter((each) => !allowed.has(each) || !refused.has(each))).toEqual([]);
  });

  test('each of the 44 services was tapped with each kind of card that the plan has for it', () => {
    const planned = table.services.filter(({ kind }) => kind === 'service');
    expect(planned).toHaveLength(44);
    for (const { service: id, card_modes } of planned) {
      const taps = [...allowed]
        .map((each) => each.split(/[/ ]/))
        .filter(([service]) => Number(service) === id);
      const modes = taps.flatMap(([, , family = '']) => MODE_OF[family] ?? []);
      expect([id, [...new Set(modes)].sort()]).toEqual([id, [...card_modes].sort()]);
    }
  });
});
