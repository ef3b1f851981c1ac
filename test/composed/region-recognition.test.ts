/** At every scene of the shipped city, the cards of every neighbour: recognised where the plan says so, refused for their region elsewhere. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CityDocument } from '../../config/policy-schema.ts';
import { loadScenes } from '../../config/scenes.ts';
import { NEIGHBOURS } from '../../platform/cards/region-numbers.ts';
import { binaryForm } from '../../platform/issue/binary-form.ts';
import { presentationLine } from '../../platform/issue/presentations.ts';
import { familyNamed, PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { goodCards } from '../system/presentations.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';

const NOT_RECOGNISED = 'deny.region_not_accepted';
const table = loadScenes(PRESENTABLE_FAMILIES);
const { regions = [] } = table.document as CityDocument;
const points = ['gate', 'desk'] as const;

let composed: ComposedGateway;
const clients = new Map<string, PlainClient>();
let sent = 0;

beforeAll(async () => {
  composed = await startComposed({
    cards: 200,
    city: { neighbours: NEIGHBOURS },
    devices: points.map((point) => ({
      deviceId: `${point}-1`,
      class: point,
      scenes: table.described.filter((each) => each.point === point).map(({ scene }) => scene),
    })),
  });
  for (const point of points) clients.set(point, await PlainClient.connect(composed.target(`${point}-1`)));
});
afterAll(async () => {
  for (const client of clients.values()) await client.bye();
  await composed.stop();
});

async function tapped(
  region: string,
  { scene, point, family }: { readonly scene: string; readonly point: string; readonly family: string },
): Promise<PlainMessage> {
  const client = clients.get(point);
  if (client === undefined) throw new Error(`no device at ${scene}`);
  sent += 1;
  const city = composed.city.neighbour(region);
  const { challenge, challengeBytes: bytes } = familyNamed(family) ?? {};
  const isWanted = challenge === 'optional' && table.policyOf(scene)?.challenge === 'gateway';
  const wish = { scene, ...(bytes !== undefined && { bytes }) };
  const said = challenge === 'required' || isWanted ? await client.challenge(sent, wish) : null;
  const cards = goodCards(city, 'sm2');
  const line = presentationLine(family, {
    ...{ city, index: cards[sent % cards.length] ?? 0, atMs: Date.now(), mode: 'dda' },
    ...{ chip: 0, nonce: String(sent), fault: null },
    ...(said && { challenge: new Uint8Array(Buffer.from(String(said['challenge']), 'base64url')) }),
  });
  return (await client.tap(sent, { scene, family, ...binaryForm(line) })).message;
}

describe.each(NEIGHBOURS)('a card of %s', (region) => {
  const { recognised = [] } = regions.find((each) => each.region === region) ?? {};
  const isRecognised = (scene: string, service: number) =>
    (recognised === 'all' || recognised.includes(service)) &&
    table.policyOf(scene)?.regions.includes(region) === true;
  const cases = table.described.flatMap(({ scene, service, point }) => {
    // Online codes: whoever resolves them says the region.
    const families = table.policyOf(scene)?.families.filter((each) => each !== 'token') ?? [];
    return families.map((family) => ({ scene, service, point, family }));
  });
  const [taken, refused] = [true, false].map((wanted) =>
    cases.filter(({ scene, service }) => isRecognised(scene, service) === wanted),
  ) as [typeof cases, typeof cases];

  test('is recognised at some scenes and not at others', () => {
    expect(taken.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    expect(taken.map(({ scene }) => scene)).toEqual(expect.arrayContaining(['6/gate', '6/desk']));
  });

  test.each(taken)('is recognised at $scene as $family', async (shown) => {
    const { code } = await tapped(region, shown);
    // Whether it passes is for the rest of the scene's rules: a list, a group, whoever must be inside.
    expect(code).not.toBe(NOT_RECOGNISED);
    expect(code).toMatch(/^(allow|refer|deny)\./);
  });

  test.each(taken.filter(({ service }) => service === 6))('passes at $scene as $family', async (shown) => {
    expect(await tapped(region, shown)).toMatchObject({ outcome: 'allow', facts: { region } });
  });

  test.each(refused)('is refused for its region at $scene as $family', async (shown) => {
    expect(await tapped(region, shown)).toMatchObject({ code: NOT_RECOGNISED });
  });
});
