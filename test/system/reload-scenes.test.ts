/** 300 scenes are changed again and again while taps go on: none is lost, and each is judged wholly by one revision. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseScenes } from '../../config/scenes.ts';
import { openJournalReader } from '../../gateway/journal/journal-reader.ts';
import { PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { cityFile, shippedCity } from '../fixtures/city-document.ts';
import { PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { type GatewayUnderTest, startGateway } from './gateway-under-test.rig.ts';
import { chipTapOf } from './presentations.rig.ts';

const SCENE = '29/side';
const SCENES = 300;
const RELOADS = 4;
const TAPS_AT_ONCE = 25;
const READ_AGAIN = 'SIGHUP: the settings were read again';
const REFUSED = 'SIGHUP: what the settings name cannot be used: everything stays as it was';

/** What `a` and `b` say of a card that is on no list, and of the lane that its gate opens. */
const RULES = {
  a: { unlisted: 'allow', show: { lane: 'lane-a' } },
  b: { unlisted: 'refer', show: { lane: 'lane-b' } },
} as const;
const CODES = { a: 'allow.unlisted', b: 'refer.status_unknown' } as const;
type Name = keyof typeof RULES;

function cityOf(name: Name) {
  const city = shippedCity();
  const side = { scene: SCENE, service: 29, point: 'gate', policy: 'transit-entry', ...RULES[name] };
  city.scenes.push(side);
  for (let i = 0; city.scenes.length < SCENES; i += 1) city.scenes.push({ ...side, scene: `29/side-${i}` });
  return city;
}

const folder = mkdtempSync(join(tmpdir(), 'onecard-reload-'));
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway({
    cards: 400,
    devices: [{ deviceId: 'gate-1', class: 'gate', scenes: [SCENE] }],
    settings: { city: cityFile(cityOf('a'), folder), log: { level: 'info' } },
  });
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Taps of cards that are on no list, and of good ones, in turns. */
function* shownTaps(): Generator<PlainMessage> {
  const { city } = gateway;
  const all = Array.from({ length: city.size }, (_, i) => i).filter((i) => city.identity(i).alg === 'sm2');
  const unlisted = all.filter((i) => city.identity(i).state === 'unknown');
  const good = all.filter((i) => city.identity(i).state === 'good');
  for (let i = 0; ; i += 1) {
    const from = i % 2 === 0 ? unlisted : good;
    yield { scene: SCENE, ...chipTapOf(city, from[i % from.length] ?? 0).binary };
  }
}

/** Taps until it is told to stop, and then as many as at once; every answer, by sequence number. */
async function tapped(client: PlainClient, isOver: () => boolean): Promise<PlainMessage[]> {
  const answers: Promise<PlainMessage>[] = [];
  const taps = shownTaps();
  for (let isLast = false; !isLast; ) {
    isLast = isOver();
    for (let i = 0; i < TAPS_AT_ONCE; i += 1) {
      const answer = client.tap(answers.length, taps.next().value as PlainMessage);
      answers.push(answer.then(({ message }) => message));
      // Frames leave while the next card signs.
      await setImmediate();
    }
    await answers.at(-1);
  }
  return Promise.all(answers);
}

test('each of 300 scenes is one revision’s: codes, facts and records of taps under reloads agree', async () => {
  const client = await PlainClient.connect(gateway.target('gate-1'));
  let reloads = 0;
  const tapping = tapped(client, () => reloads === RELOADS);
  for (; reloads < RELOADS; reloads += 1) {
    cityFile(cityOf(reloads % 2 === 0 ? 'b' : 'a'), folder);
    const from = gateway.logLines.length;
    process.kill(gateway.pid, 'SIGHUP');
    expect((await gateway.logged(READ_AGAIN, from))['taken']).toEqual(['scenes']);
  }
  const told = await tapping;
  await client.bye();

  const lanesOf = (code: string) =>
    new Set(told.filter((each) => each['code'] === code).map(({ facts }) => (facts as PlainMessage)['lane']));
  expect(lanesOf(CODES.a)).toEqual(new Set(['lane-a']));
  expect(lanesOf('allow.good')).toEqual(new Set(['lane-a', 'lane-b']));
  expect([...new Set(told.map(({ code }) => code))].sort()).toEqual([CODES.a, 'allow.good', CODES.b].sort());

  await gateway.kill('SIGTERM');
  const revisions = new Map((['a', 'b'] as const).map((name) => [revisionOf(cityOf(name)), name] as const));
  const reader = openJournalReader(`${gateway.dataFolder}/journal`);
  const records = reader.after(0, told.length + 1);
  await reader.close();
  expect(records).toHaveLength(told.length);
  const halves = records.filter(({ tap, policyRevision, answer }) => {
    const name = revisions.get(policyRevision);
    const shown = told[tap.seq];
    const lane = (shown?.['facts'] as PlainMessage | undefined)?.['lane'];
    const isOfOne = name !== undefined && (answer.outcome !== 'allow' || lane === RULES[name].show.lane);
    return !isOfOne || (answer.code !== 'allow.good' && answer.code !== CODES[name]);
  });
  expect(halves).toEqual([]);
  expect(new Set(records.map(({ policyRevision }) => policyRevision))).toEqual(new Set(revisions.keys()));
  await gateway.restart();
});

test('one that cannot be used is refused with file, line and column, the old one holds, and metrics name it', async () => {
  cityFile(cityOf('a'), folder);
  await gateway.kill('SIGTERM');
  await gateway.restart();
  const inForce = `onecard_policy_info{revision="${revisionOf(cityOf('a'))}"} 1`;
  const metrics = async () => (await fetch(`${gateway.admin}/metrics`)).text();
  expect(await metrics()).toContain(inForce);
  const city = cityOf('b');
  city.scenes[0] = { ...city.scenes[0], policy: 'none' } as (typeof city.scenes)[number];
  cityFile(city, folder);
  const from = gateway.logLines.length;
  process.kill(gateway.pid, 'SIGHUP');
  const { error } = await gateway.logged(REFUSED, from);
  expect(error).toMatch(
    /^the city in .*city\.json is not usable: city\.json:1:\d+: there is no policy none; /,
  );
  const after = await metrics();
  expect(after).toContain(inForce);
  expect(after).toContain(`onecard_scenes ${SCENES}`);
  expect(after).toContain('onecard_faults_total{where="reload"} 1');
});

/** As the gateway reads it. */
function revisionOf(city: unknown): string {
  return parseScenes(city, PRESENTABLE_FAMILIES).revision;
}
