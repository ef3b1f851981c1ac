/** `onecard policy diff` over what a real gateway decided, beside it while it runs. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NEIGHBOURS } from '../../platform/cards/region-numbers.ts';
import { cityFile, type LooseCity, policyNamed, shippedCity } from '../fixtures/city-document.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { type GatewayUnderTest, MAIN, startGateway } from './gateway-under-test.rig.ts';
import { chipTapOf, goodCards, personalNumbers, rideCodeOf } from './presentations.rig.ts';

const SENIOR = 1;
const SCENE = '29/entry';
const EXIT = '29/exit';

const folder = mkdtempSync(join(tmpdir(), 'onecard-test-'));
let gateway: GatewayUnderTest;
/** Taps of each kind at the entry. */
const SHOWN = { seniors: 3, others: 2, sichuan: 2 };

beforeAll(async () => {
  gateway = await startGateway({
    cards: 1_000,
    city: { neighbours: NEIGHBOURS },
    settings: { city: cityFile(base(), folder) },
  });
  const { city } = gateway;
  const good = goodCards(city, 'rsa');
  const isSenior = (index: number) => (city.identity(index).entitlements & 127) === SENIOR;
  const seniors = good.filter(isSenior).slice(0, SHOWN.seniors);
  const others = good.filter((index) => city.identity(index).entitlements === 0).slice(0, SHOWN.others);
  const sichuan = city.neighbour('sc');
  const neighbours = goodCards(sichuan, 'rsa').slice(0, SHOWN.sichuan);
  const [first = 0] = others;
  const shown = [
    ...[...seniors, ...others].map((index) => chipTapOf(city, index).binary),
    ...neighbours.map((index) => chipTapOf(sichuan, index).binary),
    { ...chipTapOf(city, first).binary, scene: EXIT },
    rideCodeOf(city, first, { nowMs: Date.now() - 600_000 }).binary,
  ];
  const client = await PlainClient.connect(gateway.target());
  for (const [seq, presentation] of shown.entries()) await client.tap(seq, { scene: SCENE, ...presentation });
  await client.bye();
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

/** The shipped city, with an entry and an exit that ask for nothing but a good card of Chongqing. */
function base(): LooseCity {
  const city = shippedCity();
  const { requires: _, direction: __, show: ___, ...entry } = policyNamed(city, 'transit-entry');
  const plain = { ...entry, policy: 'plain', regions: ['cq'], not_covered: 'deny', live: 'never' };
  const scenes = [SCENE, EXIT].map((scene) => ({ scene, service: 29, point: 'gate', policy: 'plain' }));
  return {
    ...city,
    revision: 'base',
    policies: [...city.policies, plain],
    scenes: [...city.scenes.filter(({ scene }) => scene !== SCENE && scene !== EXIT), ...scenes],
  };
}

type Over = Readonly<Record<string, unknown>>;

function changed(revision: string, over: Over, overExit: Over = {}): string {
  const city = base();
  const overs: Readonly<Record<string, Over>> = { [SCENE]: over, [EXIT]: overExit };
  const scenes = city.scenes.map((each) => ({ ...each, ...overs[each.scene] }));
  return cityFile({ ...city, revision, scenes });
}

function diff(...args: string[]) {
  const run = spawnSync(process.execPath, [MAIN, 'policy', 'diff', ...args], { encoding: 'utf8' });
  return { status: run.status, stdout: run.stdout, stderr: run.stderr };
}

const inJournal = () => ['--journal', gateway.dataFolder];
const jsonOf = ({ stdout }: { readonly stdout: string }) =>
  JSON.parse(stdout) as Readonly<Record<string, unknown>> & {
    readonly changes: readonly Readonly<Record<string, unknown>>[];
  };
const ALL = SHOWN.seniors + SHOWN.others + SHOWN.sichuan + 2;

describe('a document', () => {
  test('and itself: nothing would change', () => {
    const run = diff(cityFile(base()), cityFile(base()), ...inJournal(), '--json');
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(jsonOf(run)).toMatchObject({
      ...{ decisions: ALL, same: ALL, changed: 0, decided_otherwise: 0, changes: [] },
      cannot: { named_list: 0, direction: 0, live: 0 },
    });
  });

  test('that keeps the entry for seniors: who is none would be referred, and by how many', () => {
    const requires = [{ group: 'senior', else: 'refer' }];
    const run = diff(cityFile(base()), changed('seniors', { requires }), ...inJournal(), '--json');
    expect(run.status).toBe(1);
    expect(jsonOf(run)).toMatchObject({
      ...{ decisions: ALL, changed: SHOWN.others, same: ALL - SHOWN.others },
      changes: [
        {
          ...{ scene: SCENE, from: 'allow.good', to: 'refer.requirement_not_met', count: SHOWN.others },
          ...{
            groups: { none: SHOWN.others },
            regions: { cq: SHOWN.others },
            families: { 'chip-oda': SHOWN.others },
          },
          decisions: expect.arrayContaining([expect.stringMatching(/^gw-test:[0-9a-f]{16}:\d+$/)]),
        },
      ],
    });
    expect(jsonOf(run).changes).toHaveLength(1);
  });

  test('that recognises Sichuan lets its cards pass, and says so for people too', () => {
    const next = changed('sichuan', { regions: ['cq', 'sc'], not_covered: 'allow' });
    const run = diff(cityFile(base()), next, ...inJournal());
    expect(run.status).toBe(1);
    const [head = '', ...lines] = run.stdout.split('\n');
    expect(head).toMatch(
      /^base\+[0-9a-f]{8} -> sichuan\+[0-9a-f]{8}: 9 decisions, 2 would change, 7 would not$/,
    );
    expect(lines).toContain(`${SCENE}: deny.region_not_accepted -> allow.not_covered: 2`);
    expect(lines).toContain('  groups none 2; regions sc 2; families chip-oda 2');
  });

  test('that has no such scene, or takes another family', () => {
    const city = base();
    const without = {
      ...city,
      revision: 'without',
      scenes: city.scenes.filter(({ scene }) => scene !== EXIT),
    };
    expect(jsonOf(diff(cityFile(base()), cityFile(without), ...inJournal(), '--json')).changes).toMatchObject(
      [{ scene: EXIT, from: 'allow.good', to: 'no_scene', count: 1 }],
    );
    const codes = changed('codes', { families: ['transit-qr'] });
    const run = jsonOf(diff(cityFile(base()), codes, ...inJournal(), '--json'));
    // What was not proven is so under any document.
    expect(run['changed']).toBe(SHOWN.seniors + SHOWN.others + SHOWN.sichuan);
    expect(new Set(run.changes.map(({ to }) => to))).toEqual(new Set(['deny.family_not_accepted']));
  });

  test('that asks what nobody asked then is judged by no guess', () => {
    const requires = [{ member_of: 'campus', else: 'deny' }];
    const lists = jsonOf(diff(cityFile(base()), changed('campus', { requires }), ...inJournal(), '--json'));
    const known = SHOWN.seniors + SHOWN.others;
    expect(lists).toMatchObject({ changed: 0, cannot: { named_list: known } });
    const direction = { area: 'metro', passes: 'entry', out_of_turn: 'deny', inside_ms_max: 3_600_000 };
    const gates = changed('area', { direction }, { direction: { ...direction, passes: 'exit' } });
    const area = jsonOf(diff(cityFile(base()), gates, ...inJournal(), '--json'));
    expect(area).toMatchObject({ changed: 0, cannot: { direction: known + 1 } });
    const live = { live: 'require', could_not_ask: 'refer' };
    const asked = jsonOf(diff(cityFile(base()), changed('live', live), ...inJournal(), '--json'));
    expect(asked).toMatchObject({ changed: 0, cannot: { live: known } });
  });

  test('under which the journal was not made is told', () => {
    const old = changed('other', { regions: ['sc'], not_covered: 'allow' });
    const run = diff(old, cityFile(base()), ...inJournal());
    expect(run.stdout).toContain(`${ALL - 2} were decided otherwise than other+`);
  });
});

test('nobody is named, and no pseudonym', () => {
  const run = diff(
    cityFile(base()),
    changed('codes', { families: ['transit-qr'] }),
    ...inJournal(),
    '--json',
  );
  for (const number of personalNumbers(gateway.city)) expect(run.stdout).not.toContain(number);
  expect(run.stdout).not.toMatch(/\b[0-9a-f]{32}\b/);
});

test('a day without decisions has none', () => {
  const run = diff(
    cityFile(base()),
    changed('next', { regions: ['sc'] }),
    ...inJournal(),
    '--until',
    '2020-01-01',
    '--json',
  );
  expect([run.status, jsonOf(run)['decisions']]).toEqual([0, 0]);
});

test.each([
  [
    'a document that is not there',
    () => [join(gateway.folder, 'nowhere'), cityFile(base()), ...inJournal()],
    'nowhere',
  ],
  [
    'a document with a fault',
    () => [cityFile(base()), changed('x', { families: ['chip'] }), ...inJournal()],
    'chip',
  ],
  [
    'a folder without a journal',
    () => [cityFile(base()), cityFile(base()), '--journal', gateway.folder],
    'no journal',
  ],
])('%s ends with one clear message and status 2', (_, args, said) => {
  const run = diff(...args());
  expect(run.status).toBe(2);
  expect(run.stderr).toContain('onecard policy diff: ');
  expect(run.stderr).toContain(said);
});
