/** Cards of four regions under one trust: recognised where a scene names their region, and told apart everywhere else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NEIGHBOURS, REGIONS } from '../../platform/cards/region-numbers.ts';
import { createCity } from '../../platform/city.ts';
import { binaryForm } from '../../platform/issue/binary-form.ts';
import { presentationLine, SHOWN_FAMILIES } from '../../platform/issue/presentations.ts';
import { familyNamed, PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { cityFile, policyNamed, shippedCity } from '../fixtures/city-document.ts';
import { PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { goodCards } from '../system/presentations.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';

const AT_HOME = '11/desk';
const EVERYWHERE = '6/desk';
/** Recognises all four, and takes no card that is on no list. */
const LISTED = '13/desk';
const SEED = 'composed test';
const folder = mkdtempSync(join(tmpdir(), 'onecard-test-'));

let composed: ComposedGateway;
let client: PlainClient;
let shownSoFar = 0;

beforeAll(async () => {
  composed = await startComposed({
    city: { neighbours: NEIGHBOURS },
    devices: [{ deviceId: 'desk-1', class: 'desk', scenes: [AT_HOME, EVERYWHERE, LISTED] }],
    settings: { city: cityWithRegions(), live: { deadline_gate_ms: 15_000, deadline_desk_ms: 15_000 } },
  });
  client = await PlainClient.connect(composed.target('desk-1'));
});
afterAll(async () => {
  await client.bye();
  await composed.stop();
  rmSync(folder, { recursive: true, force: true });
});

function cityWithRegions(): string {
  const shipped = shippedCity();
  const desk = policyNamed(shipped, 'hotel-desk');
  const all = {
    ...{
      ...desk,
      families: [...PRESENTABLE_FAMILIES.keys()],
      holder: 'any',
      token_offline: 'refer',
      live: 'never',
    },
    ...{ policy: 'all', regions: REGIONS, unlisted: 'allow', not_covered: 'allow', list_too_old: 'allow' },
  };
  const scene = (name: string, service: number, over: object) => ({
    ...{ scene: name, service, point: 'desk', policy: 'all' },
    ...over,
  });
  const scenes = [
    scene(AT_HOME, 11, { regions: ['cq'] }),
    scene(EVERYWHERE, 6, {}),
    scene(LISTED, 13, { not_covered: 'deny' }),
  ];
  return cityFile({ ...shipped, revision: 'regions', policies: [all], scenes }, folder);
}

async function tapped(
  region: string,
  family: string,
  scene: string,
  alg: 'sm2' | 'rsa' = 'sm2',
): Promise<PlainMessage> {
  shownSoFar += 1;
  const city = region === 'cq' ? composed.city : composed.city.neighbour(region);
  const cards = goodCards(city, alg);
  const challenge =
    familyNamed(family)?.challenge === 'required' ? await client.challenge(shownSoFar, { scene }) : null;
  const showing = { city, index: cards[shownSoFar % cards.length] ?? 0, atMs: Date.now() };
  const line = presentationLine(family, {
    ...{ ...showing, mode: 'dda', chip: 0, nonce: String(shownSoFar), fault: null },
    ...(challenge && { challenge: new Uint8Array(Buffer.from(String(challenge['challenge']), 'base64url')) }),
  });
  return (await client.tap(shownSoFar, { scene, family, ...binaryForm(line) })).message;
}

describe.each(NEIGHBOURS)('a card of %s', (region) => {
  test.each(SHOWN_FAMILIES)(
    'as %s passes where its region is recognised, and has a code elsewhere',
    async (family) => {
      for (const alg of ['sm2', 'rsa'] as const) {
        const passed = await tapped(region, family, EVERYWHERE, alg);
        expect(passed).toMatchObject({ outcome: 'allow', facts: { region } });
        expect(await tapped(region, family, AT_HOME, alg)).toMatchObject({
          code: 'deny.region_not_accepted',
        });
      }
    },
  );

  test.each(['transit-qr', 'chip-oda'])('as %s is on no list of the city', async (family) => {
    expect(await tapped(region, family, LISTED)).toMatchObject({ code: 'deny.not_covered' });
  });
});

test('no two regions have a number, a name or a key in common', () => {
  const cities = REGIONS.map((region) => (region === 'cq' ? composed.city : composed.city.neighbour(region)));
  const issuers = cities.flatMap((city) => city.issuers);
  expect(new Set(issuers).size).toBe(issuers.length);
  const names = cities.flatMap((city) =>
    [0, 1, 2, 3].flatMap((index) =>
      Object.values(city.credentialNames(city.identity(index))).map(({ credentialId }) => credentialId),
    ),
  );
  expect(new Set(names).size).toBe(REGIONS.length * 8);
  const pans = cities.map((city) => city.identity(0).pan);
  expect(new Set(pans).size).toBe(REGIONS.length);
  for (const city of cities) {
    const { chip } = city.credentialNames(city.identity(3));
    const known = cities.filter((each) => each.holder(chip.issuer, chip.credentialId) !== null);
    expect(known).toEqual([city]);
  }
});

test('a neighbour is the city of that region, whoever makes it', () => {
  const alone = createCity({ seed: SEED, region: 'sc', cards: 60, rsaCardKeys: 4 });
  expect(composed.city.neighbour('sc').trustDocument().anchors).toEqual(alone.trustDocument().anchors);
  expect(composed.city.trustDocument().anchors).toEqual(
    expect.arrayContaining([...alone.trustDocument().anchors]),
  );
  const without = createCity({ seed: SEED, cards: 60, rsaCardKeys: 4 });
  expect(new Set(without.trustDocument().anchors.map(({ region }) => region))).toEqual(new Set(['cq']));
});

test('a city is no neighbour of itself, and of none that has its numbers', () => {
  for (const neighbours of [['cq'], ['sc', 'sc'], ['bj']]) {
    expect(() => createCity({ seed: SEED, cards: 1, neighbours })).toThrow(RangeError);
  }
  expect(() => composed.city.neighbour('bj')).toThrow(RangeError);
});
