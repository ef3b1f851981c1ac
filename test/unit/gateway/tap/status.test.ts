import { describe, expect, test } from 'vitest';
import type { Policy } from '../../../../config/scenes.ts';
import type { LiveAnswer } from '../../../../gateway/live/live-answer.ts';
import {
  membership,
  modeByList,
  NOT_WANTED,
  type StatusSources,
  statusOf,
  wantsLive,
} from '../../../../gateway/tap/4-status/status.ts';
import type { CardStatus } from '../../../../lists/list-handle.ts';
import { accepted, bytes, listOf, NOW, scenesWith } from './pipeline.rig.ts';

const { facts } = accepted('n1');
const policyWith = (change: Partial<Policy>): Policy => {
  const policy = scenesWith(change).policyOf('s/one');
  if (policy === null) throw new Error('the scene has a policy');
  return policy;
};
const policy = policyWith({ live: 'prefer' });

/** A list issued a second ago that says `state`, and what the platform said. */
const sources = (state: CardStatus['state'], live: StatusSources['live'] = NOT_WANTED): StatusSources => ({
  cards: listOf(
    { state, entitlements: state === 'good' ? 3 : 0 },
    { head: { issuedAtMs: NOW - 1_000, freshUntilMs: NOW + 1, staleUntilMs: NOW + 2 } },
  ),
  live,
});
const answered = (state: 'good' | 'lost', asOfMs: number): LiveAnswer => ({
  kind: 'answered',
  state,
  entitlements: 9,
  asOfMs,
});

describe('from the list alone', () => {
  test('what it says, with its revision, its age and the key of the card', () => {
    expect(statusOf(facts, sources('good'), NOW)).toEqual({
      state: 'good',
      source: 'list',
      listRevision: '01234567.1',
      ageMs: 1_000,
      entitlements: 3,
      live: 'not_wanted',
      listKey: bytes('k', 'card'),
    });
  });

  test('a list from the future has no age', () => {
    expect(statusOf(facts, sources('good'), NOW - 5_000).ageMs).toBe(0);
  });

  test('without one nothing is known, and nobody said so', () => {
    expect(statusOf(facts, { cards: null, live: NOT_WANTED }, NOW)).toMatchObject({
      state: 'unknown',
      source: 'none',
      listRevision: null,
      listKey: null,
    });
  });

  test('of what was not proven nothing is asked', () => {
    expect(statusOf(null, sources('lost'), NOW)).toMatchObject({
      state: 'unknown',
      source: 'none',
      live: 'not_wanted',
    });
  });
});

describe('with an answer of the platform', () => {
  const older = NOW - 2_000;
  const newer = NOW - 10;
  test.each<[CardStatus['state'], LiveAnswer, string, 'live' | 'list']>([
    ['good', answered('lost', newer), 'lost', 'live'],
    ['good', answered('lost', older), 'lost', 'live'],
    ['unknown', answered('good', older), 'good', 'live'],
    ['not_covered', answered('good', older), 'good', 'live'],
    ['suspended', answered('good', newer), 'good', 'live'],
    ['suspended', answered('good', older), 'suspended', 'list'],
    ['replaced', { kind: 'unknown', asOfMs: older }, 'replaced', 'list'],
    ['replaced', { kind: 'unknown', asOfMs: newer }, 'unknown', 'live'],
    ['good', { kind: 'unknown', asOfMs: older }, 'unknown', 'live'],
    ['good', { kind: 'not_covered' }, 'good', 'list'],
    ['unknown', { kind: 'not_covered' }, 'unknown', 'list'],
    ['cancelled', { kind: 'not_covered' }, 'cancelled', 'list'],
    ['good', { kind: 'late' }, 'good', 'list'],
    ['unknown', { kind: 'failed' }, 'unknown', 'list'],
    ['not_covered', { kind: 'not_asked' }, 'not_covered', 'list'],
  ])('list %s and %o: %s, by the %s', (listed, live, state, source) => {
    const status = statusOf(facts, sources(listed, live), NOW);
    expect(status).toMatchObject({ state, source, live: live.kind, listRevision: '01234567.1' });
  });

  test('age and entitlements are those of the source', () => {
    const status = (live: LiveAnswer) => statusOf(facts, sources('good', live), NOW);
    expect(status(answered('good', newer))).toMatchObject({ ageMs: 10, entitlements: 9 });
    expect(status({ kind: 'unknown', asOfMs: newer })).toMatchObject({ ageMs: 10, entitlements: 0 });
    expect(status({ kind: 'late' })).toMatchObject({ ageMs: 1_000, entitlements: 3 });
  });

  test('could not ask and no list is told from unknown by its source', () => {
    const status = statusOf(facts, { cards: null, live: { kind: 'failed' } }, NOW);
    expect(status).toMatchObject({ state: 'unknown', source: 'none', live: 'failed', ageMs: 0 });
  });
});

describe('a named list', () => {
  const list = (state: CardStatus['state'], staleUntilMs = NOW) => ({
    head: { staleUntilMs },
    lookup: () => ({ state, entitlements: 0 }),
  });
  test.each([
    [list('good'), 'member'],
    [list('unknown'), 'absent'],
    [list('not_covered'), 'absent'],
    [list('suspended'), 'absent'],
    [list('good', NOW - 1), 'no_list'],
    [null, 'no_list'],
  ] as const)('%o: %s', (named, expected) => {
    if (facts === null) throw new Error('it is proven');
    expect(membership(facts, named, NOW)).toBe(expected);
  });
});

test('the platform is asked only where the scene wants it, of what the scene would let pass', () => {
  expect(wantsLive(policy, 'transit-qr', facts)).toBe(true);
  expect(wantsLive(policyWith({ live: 'require', could_not_ask: 'deny' }), 'transit-qr', facts)).toBe(true);
  expect(wantsLive(policyWith({}), 'transit-qr', facts)).toBe(false);
  expect(wantsLive(policy, 'chip-oda', facts)).toBe(false);
  expect(wantsLive(policy, 'transit-qr', null)).toBe(false);
  expect(wantsLive(policy, 'transit-qr', facts && { ...facts, region: 'sc' })).toBe(false);
});

test('the mode that follows from the list alone', () => {
  const list = listOf({ state: 'good', entitlements: 0 });
  const { freshUntilMs, staleUntilMs } = list.head;
  expect(modeByList(null, NOW)).toBe('closed');
  expect(modeByList(list, freshUntilMs)).toBe('lists');
  expect(modeByList(list, freshUntilMs + 1)).toBe('stale');
  expect(modeByList(list, staleUntilMs)).toBe('stale');
  expect(modeByList(list, staleUntilMs + 1)).toBe('closed');
});
