import { describe, expect, test } from 'vitest';
import type { Policy } from '../../../../config/scenes.ts';
import type { TokenStatus } from '../../../../gateway/knowledge/token-status/token-status-lists.ts';
import type { LiveAnswer } from '../../../../gateway/live/live-answer.ts';
import { NOT_WANTED, type StatusSources, statusOf } from '../../../../gateway/tap/4-status/status.ts';
import { decide } from '../../../../gateway/tap/5-decide/decide.ts';
import { judgeAgain, judgeWithList } from '../../../../gateway/tap/judge-again.ts';
import type { ListedState } from '../../../../lists/list-handle.ts';
import type { BatchOutcome } from '../../../../workers/pool.ts';
import { accepted, listOf, NOW, rig, scenesWith, verdicts } from './pipeline.rig.ts';

const { facts: plain } = accepted('n1');
if (plain === null) throw new Error('accepted facts');
const facts = {
  ...plain,
  statusReference: { kind: 'status_list' as const, uri: 'https://issuer.test/1', index: 5 },
};

const policyWith = (change: Partial<Policy>): Policy => {
  const policy = scenesWith(change).policyOf('s/one');
  if (policy === null) throw new Error('the scene has a policy');
  return policy;
};
const said = (
  kind: 'valid' | 'invalid' | 'suspended' | 'other' | 'reserved' | 'out_of_range',
  ageMs = 3_000,
): TokenStatus => ({
  kind,
  asOfMs: NOW - ageMs,
});
const VALID = said('valid');
const SUSPENDED = said('suspended');
const INVALID = said('invalid');
const NO_STATUS: readonly (TokenStatus | null)[] = [
  said('other'),
  { kind: 'not_covered' },
  { kind: 'stale' },
  null,
];

const listed = (state: ListedState | 'unknown' | 'not_covered') =>
  listOf(
    { state, entitlements: state === 'good' ? 3 : 0 },
    { head: { issuedAtMs: NOW - 1_000, freshUntilMs: NOW + 1, staleUntilMs: NOW + 2 } },
  );
const sources = (
  state: ListedState | 'unknown' | 'not_covered' | null,
  token: TokenStatus | null,
  live: StatusSources['live'] = NOT_WANTED,
): StatusSources => ({ cards: state === null ? null : listed(state), live, token });
const statusWith = (...of: Parameters<typeof sources>) => statusOf(facts, sources(...of), NOW);
const live = (state: 'good' | 'lost'): LiveAnswer => ({
  kind: 'answered',
  state,
  entitlements: 9,
  asOfMs: NOW - 100,
});

test('facts without a reference are not touched by any status list', () => {
  const without = statusOf(plain, sources('good', null), NOW);
  expect(statusOf(plain, sources('good', INVALID), NOW)).toEqual(without);
  expect(without.state).toBe('good');
});

describe('what the issuer holds against its credential', () => {
  test.each(['good', 'unknown', 'not_covered', null] as const)(
    'counts where the card list says %s',
    (state) => {
      expect(statusWith(state, SUSPENDED)).toMatchObject({
        state: 'suspended',
        source: 'list',
        ageMs: 3_000,
      });
      expect(statusWith(state, INVALID)).toMatchObject({
        state: 'cancelled',
        entitlements: 0,
        listKey: null,
      });
    },
  );

  test.each(['reserved', 'out_of_range'] as const)('counts as much where it is %s: not valid', (kind) => {
    for (const state of ['good', 'unknown', null] as const) {
      expect(statusWith(state, said(kind))).toMatchObject({ state: 'cancelled', source: 'list' });
    }
    expect(statusWith('good', said(kind), live('good')).state).toBe('cancelled');
  });

  test('counts whatever the platform says of the card', () => {
    expect(statusWith('good', SUSPENDED, live('good')).state).toBe('suspended');
  });

  test('takes nothing from what list or platform hold against it', () => {
    expect(statusWith('lost', VALID)).toEqual(statusOf(plain, sources('lost', null), NOW));
    expect(statusWith('lost', SUSPENDED).state).toBe('lost');
    expect(statusWith('good', VALID, live('lost'))).toMatchObject({ state: 'lost', source: 'live' });
  });
});

describe('a valid credential', () => {
  test('is good where no card list speaks of it', () => {
    for (const state of ['not_covered', null] as const) {
      const status = statusWith(state, VALID);
      expect(status).toMatchObject({ state: 'good', source: 'list', ageMs: 3_000, listKey: null });
    }
  });

  test('is what the card list says, as old as the older of the two', () => {
    expect(statusWith('good', VALID)).toMatchObject({ state: 'good', ageMs: 3_000, entitlements: 3 });
    expect(statusWith('good', said('valid', 10)).ageMs).toBe(1_000);
    expect(statusWith('good', VALID).listKey).not.toBeNull();
    expect(statusWith('unknown', VALID).state).toBe('unknown');
  });
});

describe.each(NO_STATUS)('no status: %j', (token) => {
  test('is nobody having been asked, not "unknown" by the list', () => {
    const status = statusWith('good', token);
    expect(status).toMatchObject({ state: 'unknown', source: 'none', entitlements: 0, listKey: null });
    const proof = {
      ok: true,
      code: accepted('n1').code,
      region: plain.region,
      mode: 'm',
      claims: {},
    } as const;
    const input = {
      ...({ family: 'transit-qr', proof, seenBefore: false, replayableMs: 0, mode: 'lists' } as const),
      ...{ groups: {}, lists: {}, passage: null, atMs: NOW },
    };
    for (const then of ['allow', 'refer', 'deny'] as const) {
      const chosen = policyWith({ list_too_old: then });
      expect(decide({ ...input, policy: chosen, status, budget: null }).code).toBe(`${then}.no_list`);
    }
  });

  test('leaves what list and platform say for sure', () => {
    expect(statusWith('suspended', token).state).toBe('suspended');
    expect(statusWith('good', token, live('good'))).toMatchObject({ state: 'good', source: 'live' });
  });
});

const referring = (outcome: BatchOutcome): BatchOutcome =>
  outcome.kind === 'verdicts'
    ? { ...outcome, verdicts: outcome.verdicts.map((verdict) => ({ ...verdict, facts })) }
    : outcome;

test('a tap is decided by the list that its credential refers to', async () => {
  const asked: unknown[] = [];
  const { tap, journal } = rig({
    run: async (items) => referring(verdicts(items)),
    tokenStatus: (reference) => {
      asked.push(reference);
      return SUSPENDED;
    },
  });
  expect(await tap(1)).toMatchObject({ code: 'deny.status_suspended' });
  expect(asked).toEqual([facts.statusReference]);
  expect(journal.records[0]?.status).toMatchObject({ state: 'suspended', listKey: null });
});

test('what rests on a status list is judged again from its record, and not by a card list alone', async () => {
  const scenes = scenesWith({});
  for (const token of [SUSPENDED, VALID, { kind: 'stale' } as const]) {
    const { tap, journal } = rig({
      run: async (items) => referring(verdicts(items)),
      tokenStatus: () => token,
      cardList: () => listed('not_covered'),
      scenes,
    });
    await tap(1);
    const [record] = journal.records;
    if (!record) throw new Error('a record');
    expect(judgeAgain(record, scenes)).toEqual({ kind: 'same' });
    const again = judgeWithList(
      record,
      scenes,
      () => ({ state: 'good', entitlements: 0 }),
      '01234567.2',
      NOW,
    );
    expect(again).toEqual({ kind: 'cannot', why: 'no_list_key' });
  }
});
