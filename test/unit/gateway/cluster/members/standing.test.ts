import { describe, expect, test } from 'vitest';
import {
  clusterReport,
  isClusterReport,
  judgedAgain,
} from '../../../../../gateway/cluster/members/cluster-report.ts';
import {
  FORGOTTEN_MS,
  type Member,
  MemberTable,
} from '../../../../../gateway/cluster/members/member-table.ts';
import { PROBLEM_CODES, problemsOf } from '../../../../../gateway/cluster/members/standing.ts';
import {
  readWord,
  WORD_BYTES_MAX,
  type Word,
  writeWord,
} from '../../../../../gateway/cluster/members/word.ts';
import { NOW, wordOf } from './words.rig.ts';

const BOUNDS = { lagMax: 1_000, outboxMax: 100_000, clockToleranceMs: 10_000 };
const TIMES = { nowMs: NOW, listeningSinceMs: NOW - 60_000, goneMs: 5_000 };
const here = (word: Word, more: Partial<Member> = {}): Member => ({
  ...{ word, state: 'here', heardAtMs: NOW, clockOffsetMs: 0 },
  ...more,
});
const problems = (...members: readonly Member[]) =>
  problemsOf({ members, nowMs: NOW, busReachable: true }, BOUNDS);
const said = (...members: readonly Member[]) =>
  problems(...members).map(({ level, code, gateways }) => `${level} ${code} ${gateways.join()}`.trim());

describe('what is wrong with a cluster', () => {
  test('nothing, where nothing is', () => {
    expect(said(here(wordOf('gw-1')), here(wordOf('gw-2')))).toEqual([]);
  });

  const store = wordOf('gw').store;
  const bus = wordOf('gw').bus;
  if (store === null || bus === null) throw new Error('it has both');
  const since = NOW - 12_000;
  test.each<readonly [string, Member]>([
    ['fault member_gone gw-2', here(wordOf('gw-2'), { state: 'gone', heardAtMs: since })],
    [
      'fault store_silent gw-2',
      here(wordOf('gw-2', { store: { ...store, reachable: false, since_ms: since } })),
    ],
    ['fault bus_cut gw-2', here(wordOf('gw-2', { bus: { ...bus, reachable: false, since_ms: since } }))],
    [
      'fault cursor_behind gw-2',
      here(wordOf('gw-2', { cursors: [{ stream: 'LISTS', sequence: 1, lag: 1_001, follows: true }] })),
    ],
    ['fault keys_apart gw-1,gw-2', here(wordOf('gw-2', { keys: ['00000000', '11111111'] }))],
    ['fault not_ready gw-2', here(wordOf('gw-2', { ready: false }))],
    [
      'warning accepted_twice gw-2',
      here(
        wordOf('gw-2', { outages: [{ from_ms: since, to_ms: NOW, accepted: 12, compared: 12, twice: 1 }] }),
      ),
    ],
    ['warning mode_closed gw-2', here(wordOf('gw-2', { mode: 'closed' }))],
    [
      'warning outbox_behind gw-2',
      here(wordOf('gw-2', { journal: { epoch: 'a', written: 100_002, confirmed: 1 } })),
    ],
    ['warning versions_differ', here(wordOf('gw-2', { version: '0.2.0' }))],
    ['warning clocks_differ gw-2', here(wordOf('gw-2'), { clockOffsetMs: -10_001 })],
    ['warning policies_differ', here(wordOf('gw-2', { policy: 'other' }))],
  ])('%s', (expected, member) => {
    const found = problems(here(wordOf('gw-1')), member);
    expect(found.map(({ level, code, gateways }) => `${level} ${code} ${gateways.join()}`.trim())).toEqual([
      expected,
    ]);
    expect(found[0]?.sentence).toMatch(/^[A-Z].*\.$|^gw-.*\.$/);
    expect(found[0]?.remedy).toMatch(/\.$/);
  });

  test('keys that two have in common over a third are no fault between neighbours', () => {
    const changing = wordOf('gw-2', { keys: ['aabbccdd', '11111111'] });
    expect(said(here(wordOf('gw-1')), here(changing))).toEqual([]);
    const changed = wordOf('gw-3', { keys: ['11111111'] });
    expect(said(here(wordOf('gw-1')), here(changing), here(changed))).toEqual(['fault keys_apart gw-1,gw-3']);
  });

  test('who leaves is not ready, and that is no fault', () => {
    expect(said(here(wordOf('gw-1', { ready: false, leaving: true })))).toEqual([]);
    expect(
      said(here(wordOf('gw-1', { ready: false, leaving: true, left: true }), { state: 'left' })),
    ).toEqual([]);
  });

  test('faults come first, and make the report not ok; it reads what it writes', () => {
    const members = [here(wordOf('gw-1', { mode: 'closed' })), here(wordOf('gw-2', { ready: false }))];
    const report = clusterReport(
      { cluster: 'city', asked: 'gw-1', nowMs: NOW, busReachable: false, members },
      BOUNDS,
    );
    expect(report.problems.map(({ code }) => code)).toEqual(['bus_cut_here', 'not_ready', 'mode_closed']);
    expect(report).toMatchObject({ ok: false, sees: 'cut' });
    const read: unknown = JSON.parse(JSON.stringify(report));
    if (!isClusterReport(read)) throw new Error('it is none');
    expect(judgedAgain(read, BOUNDS)).toEqual(report);
    expect(isClusterReport({ ...report, members: [{ word: {} }] })).toBe(false);
  });

  test('of many it names a few', () => {
    const many = Array.from({ length: 9 }, (_, i) => here(wordOf(`gw-${i}`, { ready: false })));
    expect(problems(...many)[0]?.sentence).toBe(
      'gw-0, gw-1, gw-2, gw-3, gw-4 and 4 more are not ready to take taps.',
    );
    expect(new Set(PROBLEM_CODES).size).toBe(PROBLEM_CODES.length);
  });
});

describe('who is a member', () => {
  const states = (table: MemberTable, more: Partial<typeof TIMES> | { listeningSinceMs: null } = {}) =>
    table.members({ ...TIMES, ...more }).map(({ word, state }) => `${word.gateway} ${state}`);

  test('here, gone, left, or quiet for who has only begun to listen', () => {
    const table = new MemberTable();
    table.heard(wordOf('gw-b'), NOW - 5_000);
    table.heard(wordOf('gw-a'), NOW - 5_001);
    table.heard(wordOf('gw-c', { left: true }), NOW - 60_000);
    table.kept(wordOf('gw-d'), NOW - FORGOTTEN_MS - 1);
    expect(states(table)).toEqual(['gw-a gone', 'gw-b here', 'gw-c left']);
    expect(states(table, { listeningSinceMs: NOW - 1_000 })).toEqual([
      'gw-a quiet',
      'gw-b here',
      'gw-c left',
    ]);
    expect(states(table, { listeningSinceMs: null })).toEqual(['gw-a quiet', 'gw-b here', 'gw-c left']);
  });

  test('a word that was kept does not replace one that was heard since', () => {
    const table = new MemberTable();
    table.heard(wordOf('gw-1', { queue: 2, at_ms: NOW + 3_000 }), NOW);
    table.kept(wordOf('gw-1', { queue: 1 }), NOW - 9_000);
    expect(table.members(TIMES)).toMatchObject([{ word: { queue: 2 }, clockOffsetMs: 3_000 }]);
    table.kept(wordOf('gw-1', { queue: 3 }), NOW + 1);
    expect(table.members(TIMES)).toMatchObject([{ word: { queue: 3 }, clockOffsetMs: null }]);
  });

  test('there is a bound', () => {
    const table = new MemberTable(2);
    for (const gateway of ['gw-1', 'gw-2', 'gw-3', 'gw-1']) table.heard(wordOf(gateway), NOW);
    expect(states(table)).toEqual(['gw-1 here', 'gw-2 here']);
    expect(table.untaken).toBe(1);
  });
});

describe('a word', () => {
  test('is read as it was written, and nothing else is', () => {
    const word = wordOf('gw-1');
    expect(readWord(writeWord(word))).toEqual(word);
    const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
    expect(readWord(Buffer.from('{'))).toBeNull();
    expect(readWord(bytes({ ...word, holder: 'somebody' }))).toBeNull();
    expect(readWord(bytes({ ...word, gateway: '../gw' }))).toBeNull();
    expect(readWord(bytes({ ...word, version: '\u001b[2J' }))).toBeNull();
    expect(readWord(bytes({ ...word, cursors: Array(9).fill(word.cursors[0]) }))).toBeNull();
    expect(readWord(Buffer.alloc(WORD_BYTES_MAX + 1, 0x20))).toBeNull();
    expect(() => writeWord({ ...word, gateway: 'A' })).toThrow(TypeError);
  });
});
