/** Adoption of the plan, from a registry and the journal of a whole gateway that runs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foundIn, needlesOf } from './needles.rig.ts';
import { onecard } from './onecard-beside.rig.ts';
import { type ReportsWorld, startReportsWorld } from './reports-world.rig.ts';

/** Each starts a process or two, on a machine that may be busy. */
const TIMEOUT_MS = 180_000;
let world: ReportsWorld;
let registry = '';

const REGISTRY = (year: string) => `points:
  - point: metro-a
    service: 29
    name: { zh: 两路口, en: Lianglukou }
    district: 渝中区
    region: cq
    accepts: { physical: true, electronic: true }
    payment: { card_account: true, opens_bill: true }
    devices: [gate-1]
    scenes: [29/entry, 29/exit]
  - point: metro-b
    service: 29
    name: { zh: 上清寺, en: Shangqingsi }
    district: 渝中区
    region: cq
    accepts: { physical: false, electronic: true }
    devices: [gate-2]
    scenes: [29/entry]
  - point: library
    service: 30
    name: { zh: 图书馆, en: Library }
    district: 渝中区
    region: cq
    accepts: { physical: true, electronic: false }
    devices: [door-1]
    scenes: [30/door]
  - point: hotel
    service: 11
    name: { zh: 酒店, en: Hotel }
    district: 渝中区
    region: cq
    accepts: { physical: false, electronic: false }
    devices: [desk-1]
    scenes: [11/desk]
  - point: fund
    service: 1
    name: { zh: 基金, en: Fund }
    district: 渝中区
    region: cq
    accepts: { physical: true, electronic: true }
    devices: [fund-1]
    scenes: [1/payout]
disbursements:
  - { service: 1, period: '${year}', recipients: 4, paid_to_card: 4 }
`;

beforeAll(async () => {
  world = await startReportsWorld();
  registry = join(world.folder, 'points.yaml');
  writeFileSync(registry, REGISTRY(world.day.slice(0, 4)));
}, TIMEOUT_MS);
afterAll(() => world.stop());

const report = (...args: string[]) =>
  onecard(['report', 'adoption', '--scenes', world.document, '--points', registry, ...args]);
const seen = () => ['--journal', world.composed.dataFolder, '--year', world.day.slice(0, 4)];

describe('of the journal of a whole gateway', () => {
  test('JSON: all 47 tasks, what is declared beside what was seen', async () => {
    const { status, stdout, stderr } = await report(...seen(), '--format', 'json');
    expect([status, stderr]).toEqual([0, '']);
    const { services, taps_of_no_point } = JSON.parse(stdout);
    expect(services.map(({ service }: { service: number }) => service)).toEqual(
      Array.from({ length: 47 }, (_, i) => i + 1),
    );
    // Those of the building site.
    expect(taps_of_no_point).toBe(3);
    const of = (service: number) => services[service - 1];
    expect(of(29)).toMatchObject({
      points: 2,
      card_modes: [
        {
          card_mode: 'physical',
          declared: { part: 1, whole: 2 },
          seen: { part: 1, whole: 2 },
          silent: [],
          undeclared: [],
        },
        {
          card_mode: 'electronic',
          declared: { part: 2, whole: 2 },
          seen: { part: 1, whole: 2 },
          silent: ['metro-b'],
          undeclared: [],
        },
      ],
      categories: [
        { category: 'identity', depth: 3, seen: { part: 1, whole: 2 }, seen_depth: 1 },
        { category: 'payment', depth: 2, seen: { part: 1, whole: 1 }, seen_depth: 2 },
      ],
      depth: 3,
      seen_depth: 1,
    });
    expect(of(30).card_modes[0]).toMatchObject({ silent: ['library'], seen: { part: 0, whole: 1 } });
    expect(of(11).card_modes[0]).toMatchObject({ undeclared: ['hotel'], seen: { part: 1, whole: 1 } });
    expect(of(11)).toMatchObject({ target: null, standing: 'no_target' });
    expect(of(12)).toMatchObject({ points: 0, depth: 0, standing: 'missed' });
    expect(of(45)).toMatchObject({ kind: 'support', depth: null, standing: 'support', categories: [] });
  });

  test('receipts say how many people a fund paid: each once, however often', async () => {
    const { stdout } = await report(...seen(), '--format', 'json');
    expect(JSON.parse(stdout).services[0].categories[1]).toMatchObject({
      category: 'disbursement',
      declared: { part: 4, whole: 4 },
      depth: 3,
      seen: { part: 2, whole: 4 },
      seen_depth: 1,
    });
  });

  test('CSV and table: a line for each task, and who was never shown a card', async () => {
    const csv = await report(...seen(), '--format', 'csv');
    expect(csv.stdout.trimEnd().split('\r\n')).toHaveLength(48);
    const { lines } = await report(...seen());
    expect(lines.filter((line) => /^ ?\d+ {2}\S/.test(line))).toHaveLength(47);
    expect(lines).toContain('service 29, electronic card: accepted, and never shown: metro-b');
    expect(lines).toContain('service 11, physical card: shown, and not said to be accepted: hotel');
    expect(lines).toContain('3 taps are of no registered point.');
  });

  test.each(['en', 'zh'])('a page in %s stands alone, and names nobody', async (language) => {
    const out = join(world.folder, `${language}.html`);
    const { status } = await report(...seen(), '--format', 'html', '--language', language, '--out', out);
    expect(status).toBe(0);
    const html = readFileSync(out, 'utf8');
    expect(html.match(/<tr role="row">/g)).toHaveLength(48);
    expect(html).toMatch(
      /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-/,
    );
    expect(html).not.toMatch(
      /<script|<img|<link (?!rel="icon" href="data:,")|\son\w+=|\sstyle=|url\(|@import|https?:/i,
    );
    expect(html).toContain('metro-b');
    expect(foundIn(Buffer.from(html), needlesOf(world.composed.city))).toEqual([]);
    expect(html).not.toMatch(/\b[0-9a-f]{12,}\b/);
  });
});

test('without a journal nothing is seen, and depth is what is declared', async () => {
  const { status, stdout } = await report('--year', '2026', '--format', 'json');
  expect(status).toBe(0);
  const [first] = JSON.parse(stdout).services;
  expect(first).toMatchObject({ seen_depth: null, card_modes: [{ seen: null, silent: [] }, { seen: null }] });
});

test('the example of a registry is one, and is the same twice', async () => {
  const example = () =>
    onecard(['report', 'points', '--example', '--scenes', world.document, '--year', '2026']);
  const [first, second] = [await example(), await example()];
  expect(first.stdout).toBe(second.stdout);
  const file = join(world.folder, 'example.yaml');
  writeFileSync(file, first.stdout);
  const args = ['report', 'adoption', '--scenes', world.document, '--points', file, '--year', '2026'];
  const { status, stdout, stderr } = await onecard([...args, '--format', 'json']);
  expect([status, stderr]).toEqual([0, '']);
  const { services } = JSON.parse(stdout);
  const served = services.filter(({ kind }: { kind: string }) => kind === 'service');
  expect(served).toHaveLength(44);
  expect(served.filter(({ points }: { points: number }) => points === 0)).toEqual([]);
  const standings = new Set(served.map(({ standing }: { standing: string }) => standing));
  expect([...standings].sort()).toEqual(['met', 'missed', 'no_target']);
});

test('the example of a running gateway names its devices, so that its journal says what was seen there', async () => {
  const { dataFolder } = world.composed;
  const file = join(world.folder, 'of-gateway.yaml');
  const scenes = ['--scenes', world.document, '--year', world.day.slice(0, 4)];
  const made = await onecard([
    'report',
    'points',
    '--example',
    '--data',
    dataFolder,
    ...scenes,
    '--out',
    file,
  ]);
  expect([made.status, made.stdout]).toEqual([0, '']);
  const args = ['report', 'adoption', ...scenes, '--points', file, '--journal', dataFolder];
  const { stdout } = await onecard([...args, '--format', 'json']);
  const { services, taps_of_no_point } = JSON.parse(stdout);
  expect(taps_of_no_point).toBe(0);
  for (const service of [1, 5, 11, 29]) expect(services[service - 1].card_modes[0].seen.part).toBe(1);
  expect(services[30 - 1].card_modes[0].seen.part).toBe(0);
});

describe('what cannot be used', () => {
  test('a registry: every fault with its place', async () => {
    const bad = join(world.folder, 'bad.yaml');
    writeFileSync(
      bad,
      REGISTRY('2026').replace('service: 30', 'service: 99').replace('region: cq', 'reggion: cq'),
    );
    const { status, stdout, stderr } = await report('--points', bad, '--year', '2026');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/bad\.yaml:6:5: .*did you mean region\?/);
    expect(stderr).toMatch(/bad\.yaml:20:14: the plan has no service 99; it has 1 to 47/);
  });

  test.each<[string, string[], RegExp]>([
    [
      'a year without targets',
      ['--year', '2031'],
      /no targets for 2031: give --year one of 2024, 2025, 2026, 2027/,
    ],
    ['a file that is not there', ['--points', 'nowhere.yaml', '--year', '2026'], /nowhere\.yaml/],
    ['a language', ['--language', 'fr'], /Allowed choices are en, zh/],
  ])('%s', async (_what, args, message) => {
    const { status, stderr } = await report(...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});
