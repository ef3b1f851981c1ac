/** Reports on the journal of a whole gateway, made beside it while it runs. */
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ComposedGateway } from './composed-gateway.rig.ts';
import { foundIn, needlesOf } from './needles.rig.ts';
import { onecard } from './onecard-beside.rig.ts';
import { type ReportsWorld, startOtherExit, startReportsWorld } from './reports-world.rig.ts';

/** Each starts a process or two, on a machine that may be busy. */
const TIMEOUT_MS = 180_000;
let world: ReportsWorld;

beforeAll(async () => {
  world = await startReportsWorld();
}, TIMEOUT_MS);
afterAll(() => world.stop());

const report = (...args: string[]) => onecard(['report', ...args]);
const ofWorld = () => ['--journal', world.composed.dataFolder, '--scenes', world.document];
/** From one to before another. */
const index = (from: number, end: number) => Array.from({ length: end - from }, (_, i) => from + i);
const pan = (card: number) => world.composed.city.identity(world.cards[card] ?? -1).pan;

describe('usage', () => {
  test('by service and card mode: what few made is hidden, and what would tell it', async () => {
    const { status, stdout, stderr } = await report('usage', ...ofWorld(), '--format', 'json');
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({
      since: null,
      until: null,
      time_zone: 'Asia/Shanghai',
      by: ['service', 'card-mode'],
      suppress_below_persons: 10,
      hidden_counts: 6,
      not_proven_taps: 0,
      columns: [['electronic'], ['physical']],
      rows: [
        { value: '1', taps: [0, null], total: null },
        { value: '5', taps: [0, null], total: null },
        { value: '11', taps: [0, null], total: null },
        { value: '29', taps: [12, 14], total: 26 },
      ],
      column_totals: [12, 23],
      total: 35,
    });
  });

  test('nothing hidden where 0 is asked for; the counts are those of the taps', async () => {
    const { stdout } = await report('usage', ...ofWorld(), '--suppress-below', '0', '--format', 'csv');
    expect(stdout.split('\r\n')).toEqual([
      'service,card-mode,taps,hidden',
      '1,electronic,0,false',
      '1,physical,3,false',
      '1,total,3,false',
      '5,electronic,0,false',
      '5,physical,3,false',
      '5,total,3,false',
      '11,electronic,0,false',
      '11,physical,3,false',
      '11,total,3,false',
      '29,electronic,12,false',
      '29,physical,14,false',
      '29,total,26,false',
      'total,electronic,12,false',
      'total,physical,23,false',
      'total,total,35,false',
      '',
    ]);
  });

  test('by hour, of a day alone', async () => {
    const days = ['--since', world.day, '--until', world.day];
    const { lines } = await report('usage', ...ofWorld(), ...days, '--by', 'hour', '--suppress-below', '2');
    expect(lines).toEqual(['hour   taps', '-----  ----', '22       16', 'total    16']);
  });

  test('by group: what the decision says where its scene asked, else the bits of the card list', async () => {
    const { city } = world.composed;
    const tapped = [0, 1, 0, ...index(2, 16), ...index(2, 14), ...index(2, 5), 2, 2, 3];
    const counts = new Map<string, number>();
    for (const each of tapped) {
      const { entitlements } = city.identity(world.cards[each] ?? -1);
      const held = ['senior', 'student'].filter((_, bit) => ((entitlements >>> bit) & 1) === 1);
      const group = held.length > 1 ? 'several' : (held[0] ?? 'none');
      counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    expect(counts.size).toBeGreaterThan(1);
    const { stdout } = await report(
      ...['usage', ...ofWorld(), '--by', 'group', '--suppress-below', '0', '--format', 'json'],
    );
    const rows: { value: string; total: number }[] = JSON.parse(stdout).rows;
    expect(new Map(rows.map(({ value, total }) => [value, total]))).toEqual(counts);
  });

  test('nobody is in it', async () => {
    const all = await report('usage', ...ofWorld(), '--by', 'region,group,hour', '--format', 'json');
    expect(all.status).toBe(0);
    expect(foundIn(Buffer.from(all.stdout), needlesOf(world.composed.city))).toEqual([]);
    expect(all.stdout).not.toMatch(/[0-9a-f]{12}/);
  });
});

describe('attendance', () => {
  test('pseudonyms of this report alone; a night belongs to its first day', async () => {
    const asked = ['attendance', ...ofWorld(), '--area', 'site', '--day', world.day, '--format', 'json'];
    const [first, second] = [await report(...asked), await report(...asked)];
    const { rows } = JSON.parse(first.stdout);
    expect(rows).toHaveLength(2);
    const night = { day: world.day, first_entry: `${world.day}T22:00:00+08:00`, exits_without_entry: 0 };
    expect(rows).toContainEqual(
      expect.objectContaining({ ...night, inside_minutes: 480, turns: 1, open_turns: 0 }),
    );
    expect(rows).toContainEqual(
      expect.objectContaining({ ...night, inside_minutes: 0, last_exit: null, turns: 0, open_turns: 1 }),
    );
    const persons = (stdout: string) =>
      JSON.parse(stdout).rows.map(({ person }: { person: string }) => person);
    expect(persons(first.stdout).every((person: string) => /^[0-9a-f]{12}$/.test(person))).toBe(true);
    expect(persons(second.stdout)).not.toContain(persons(first.stdout)[0]);
    const shown = await onecard(['journal', 'show', '--data', world.composed.dataFolder, '--json']);
    expect(persons(first.stdout).filter((person: string) => shown.stdout.includes(person))).toEqual([]);
    expect(foundIn(Buffer.from(first.stdout), needlesOf(world.composed.city))).toEqual([]);
  });

  test("the employer's list names its people, in a file for its owner alone", async () => {
    const [names, out] = [join(world.folder, 'crew.csv'), join(world.folder, 'november.csv')];
    writeFileSync(names, `card,name\n${pan(0)},王芳\n`);
    writeFileSync(out, 'an older report, for everybody', { mode: 0o644 });
    const asked = ['attendance', ...ofWorld(), '--area', 'site', '--month', world.day.slice(0, 7)];
    const { status, stdout, stderr } = await report(
      ...[...asked, '--names', names, '--format', 'csv', '--out', out],
    );
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr).toContain('for its owner alone (mode 0600)');
    expect(stderr).toContain('it names people');
    expect(stderr).not.toContain('王芳');
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const lines = readFileSync(out, 'utf8').split('\r\n');
    expect(lines.find((line) => line.startsWith('王芳,'))).toMatch(
      new RegExp(`^王芳,${world.day},${world.day}T22:00:00\\+08:00,.*T06:00:00\\+08:00,480,1,0,0$`),
    );
    expect(lines.filter((line) => /^[0-9a-f]{12},/.test(line))).toHaveLength(1);
    expect(foundIn(readFileSync(out), needlesOf(world.composed.city))).toEqual([]);
  });
});

describe('several gateways', () => {
  let other: ComposedGateway;
  beforeAll(async () => {
    other = await startOtherExit(world);
  }, TIMEOUT_MS);
  afterAll(() => other.stop());
  const attendance = async (...args: string[]) => {
    const journals = ['--journal', world.composed.dataFolder, other.dataFolder];
    const days = ['--month', world.day.slice(0, 7), '--area', 'site', '--format', 'json'];
    const ran = await report('attendance', ...journals, '--scenes', world.document, ...days, ...args);
    return { ...ran, rows: ran.stdout === '' ? [] : JSON.parse(ran.stdout).rows };
  };

  test('who enters at one and leaves at the other is two, and one by name', async () => {
    const { status, stderr, rows } = await attendance();
    expect(status).toBe(0);
    expect(stderr).toContain('the gateways have keys of their own for pseudonyms');
    expect(rows).toHaveLength(3);
    const [names, out] = [join(world.folder, 'both.csv'), join(world.folder, 'both.json')];
    writeFileSync(names, `card,name\n${pan(1)},李伟\n`);
    await attendance('--names', names, '--out', out);
    const named = JSON.parse(readFileSync(out, 'utf8')).rows;
    expect(named).toHaveLength(2);
    expect(named).toContainEqual(
      expect.objectContaining({ person: '李伟', inside_minutes: 540, turns: 1, open_turns: 0 }),
    );
  });

  test('a stopped gateway is read as well, and a copy of its folder is not counted twice', async () => {
    await other.stopGateway();
    expect((await attendance()).rows).toHaveLength(3);
    const copy = join(world.folder, 'copy');
    cpSync(other.dataFolder, copy, { recursive: true });
    const journals = ['--journal', other.dataFolder, copy];
    const { status, stderr } = await report('usage', ...journals, '--scenes', world.document);
    expect(status).toBe(2);
    expect(stderr).toMatch(/copy\/journal holds what .* holds, as a copy does: its taps would count twice/);
  });
});

describe('what a platform keeps', () => {
  const kept = () => join(world.folder, 'platform');

  test('of a gateway makes the same reports, and both together are refused', async () => {
    const { platform } = world.composed;
    await expect.poll(() => platform.journalSummary().records, { timeout: TIMEOUT_MS }).toBe(35);
    const by = ['--scenes', world.document, '--by', 'service,group,hour', '--format', 'csv'];
    const [own, sent] = [
      await report('usage', '--journal', world.composed.dataFolder, ...by),
      await report('usage', '--journal', kept(), ...by),
    ];
    expect(sent.status).toBe(0);
    expect(sent.stdout).toBe(own.stdout);
    const both = await report('usage', '--journal', world.composed.dataFolder, kept(), ...by);
    expect(both.status).toBe(2);
    expect(both.stderr).toMatch(/platform holds what .* holds, as a copy does/);
  });

  test('is not named by, since the key of its pseudonyms stays with the gateway', async () => {
    const names = join(world.folder, 'platform.csv');
    writeFileSync(names, `card,name\n${pan(0)},王芳\n`);
    const { status, stderr } = await report(
      ...['attendance', '--journal', kept(), '--scenes', world.document, '--area', 'site'],
      ...['--day', world.day, '--names', names, '--out', join(world.folder, 'platform-out.csv')],
    );
    expect(status).toBe(2);
    expect(stderr).toMatch(/platform has no journal\.key: without it nobody can tell whose/);
  });

  test('and is damaged is told', async () => {
    const damaged = join(world.folder, 'damaged');
    cpSync(kept(), damaged, { recursive: true });
    const file = join(damaged, 'journal.frames');
    const bytes = readFileSync(file);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    // Behind a whole frame, so that it is not taken for one that is being written.
    writeFileSync(file, Buffer.concat([bytes, readFileSync(join(kept(), 'journal.frames'))]));
    const { status, stderr } = await report('usage', '--journal', damaged, '--scenes', world.document);
    expect(status).toBe(2);
    expect(stderr).toMatch(/journal\.frames is damaged at byte 0/);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

describe('what cannot be used', () => {
  const list = () => {
    const file = join(world.folder, 'bad.csv');
    writeFileSync(file, 'card,name\n6217 is SECRET,x\n');
    return file;
  };
  test.each<[string, () => string[], RegExp]>([
    [
      'no journal',
      () => ['usage', '--journal', world.folder],
      /there is no journal in .*: give a gateway's data/,
    ],
    [
      'one journal twice',
      () => ['usage', ...ofWorld(), '--journal', world.composed.dataFolder],
      /is given twice/,
    ],
    ['a dimension', () => ['usage', ...ofWorld(), '--by', 'servce'], /did you mean service\?/],
    ['a dimension twice', () => ['usage', ...ofWorld(), '--by', 'hour,hour'], /each may be named once/],
    ['no day', () => ['attendance', ...ofWorld(), '--area', 'site'], /either --day 2026-11-30 or --month/],
    ['a day', () => ['attendance', ...ofWorld(), '--area', 'site', '--day', '2026-02-30'], /is no day/],
    [
      'an area',
      () => ['attendance', ...ofWorld(), '--area', 'sit', '--day', world.day],
      /did you mean site\?/,
    ],
    ['a zone', () => ['usage', ...ofWorld(), '--time-zone', 'Mars/Base'], /there is no time zone/],
    [
      'names without a file to write to',
      () => ['attendance', ...ofWorld(), '--area', 'site', '--day', world.day, '--names', list()],
      /say with --out which file/,
    ],
    [
      'a list with a fault',
      () => [
        ...['attendance', ...ofWorld(), '--area', 'site', '--day', world.day],
        ...['--names', list(), '--out', join(world.folder, 'x')],
      ],
      /bad\.csv:2:1: a card number or an account has 8 to 32 digits/,
    ],
  ])('%s', async (_what, args, message) => {
    const { status, stdout, stderr } = await report(...args());
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/SECRET|^ +at /m);
  });
});
