import { describe, expect, test } from 'vitest';
import { codeEntry } from '../../../../config/codes.ts';
import { type DecisionRecord, POLICY_LIST } from '../../../../gateway/journal/record/record.ts';
import type { Mode } from '../../../../gateway/knowledge/mode/mode.ts';
import { judgeAgain, judgeWithList } from '../../../../gateway/tap/judge-again.ts';
import type { CardStatus } from '../../../../lists/list-handle.ts';
import { bytes, listOf, NOW, type RigOptions, rig, scenesWith } from './pipeline.rig.ts';

const scenes = scenesWith();
const LATER = '01234567.9';

/** The record of one tap, decided under these circumstances. */
async function recordOf(
  mode: Mode,
  state: CardStatus['state'],
  options: RigOptions = {},
): Promise<DecisionRecord> {
  const { tap, journal } = rig({
    cardList: () => listOf({ state, entitlements: 0 }),
    mode: () => ({ mode, forced: false, sinceMs: NOW, mayAskLive: false }),
    ...options,
  });
  await tap(1);
  const [record] = journal.records;
  if (record === undefined) throw new Error('nothing was decided');
  return record;
}
const saying = (state: CardStatus['state']) => (): CardStatus => ({ state, entitlements: 0 });

describe('from the record alone', () => {
  test.each(['live', 'lists', 'stale', 'closed'] as const)('mode %s: the same', async (mode) => {
    for (const state of ['good', 'lost', 'unknown', 'not_covered'] as const) {
      expect(judgeAgain(await recordOf(mode, state), scenes)).toEqual({ kind: 'same' });
    }
    expect(judgeAgain(await recordOf(mode, 'good', { cardList: () => null }), scenes)).toEqual({
      kind: 'same',
    });
  });

  test('a budget that was spent is spent again', async () => {
    const { tap, journal } = rig({
      mode: () => ({ mode: 'stale', forced: false, sinceMs: NOW, mayAskLive: false }),
    });
    for (const seq of [1, 2, 3]) await tap(seq);
    expect(journal.records.map(({ answer }) => answer.code)).toContain('refer.risk_budget_spent');
    for (const record of journal.records) expect(judgeAgain(record, scenes)).toEqual({ kind: 'same' });
  });

  test('a decision that does not follow differs', async () => {
    const record = await recordOf('lists', 'lost');
    const changed = { ...record, status: { ...record.status, state: 'good' as const } };
    expect(judgeAgain(changed, scenes)).toEqual({
      kind: 'differs',
      now: { outcome: 'allow', code: 'allow.good' },
    });
  });

  test('a record of version 1 is judged as it was: without regard to its mode', async () => {
    const usual = await recordOf('lists', 'good', { cardList: () => null });
    expect(usual.answer.code).toBe('deny.no_list');
    const first: DecisionRecord = { ...usual, v: 1, mode: 'closed' };
    expect(judgeAgain(first, scenes)).toEqual({ kind: 'same' });
    const stale: DecisionRecord = { ...(await recordOf('lists', 'good')), v: 1, mode: 'stale' };
    expect(judgeAgain(stale, scenes)).toEqual({ kind: 'same' });
  });

  test('another revision of the policies cannot say', async () => {
    const record = { ...(await recordOf('lists', 'good')), policyRevision: 'r0' };
    expect(judgeAgain(record, scenes)).toEqual({ kind: 'policy_unavailable' });
    expect(judgeWithList(record, scenes, saying('good'), LATER, NOW)).toEqual({
      kind: 'cannot',
      why: 'policy_unavailable',
    });
  });
});

describe('with what the scene asks beside the card', () => {
  const groups = [{ group: 'senior', title: { zh: '老年人', en: 'Seniors' }, from: [{ card_bit: 0 }] }];
  const seniors = scenesWith({ requires: [{ group: 'senior', else: 'deny', unknown: 'refer' }] }, groups);
  const members = scenesWith({ requires: [{ member_of: 'members', else: 'deny', unknown: 'refer' }] });
  const bits = (entitlements: number) => ({ cardList: () => listOf({ state: 'good', entitlements }) });

  test('the record alone leads to the decision', async () => {
    for (const [options, code] of [
      [bits(1), 'allow.good'],
      [bits(2), 'deny.requirement_not_met'],
      [{ cardList: () => listOf({ state: 'unknown', entitlements: 0 }) }, 'refer.requirement_unknown'],
    ] as const) {
      const record = await recordOf('lists', 'good', { scenes: seniors, ...options });
      expect(record.answer.code).toBe(code);
      expect(judgeAgain(record, seniors)).toEqual({ kind: 'same' });
    }
  });

  test('a later list gives other bits, and so another decision', async () => {
    const record = await recordOf('lists', 'good', { scenes: seniors, ...bits(1) });
    const withBits = (entitlements: number) => () => ({ state: 'good', entitlements }) as const;
    expect(judgeWithList(record, seniors, withBits(1), LATER, NOW)).toEqual({ kind: 'same' });
    expect(judgeWithList(record, seniors, withBits(2), LATER, NOW)).toMatchObject({
      kind: 'differs',
      now: { code: 'deny.requirement_not_met' },
    });
  });

  test('of version 2, the one list of its policy is the one that is required now', async () => {
    const usual = await recordOf('lists', 'good');
    for (const [said, code] of [
      ['member', 'allow.good'],
      ['absent', 'deny.not_named'],
      ['no_list', 'refer.named_list_missing'],
    ] as const) {
      const { outcome } = codeEntry(code);
      if (outcome === 'none') throw new Error('a decision');
      const answer = { ...usual.answer, code, outcome };
      const policyRevision = members.revision;
      const record: DecisionRecord = {
        ...{ ...usual, v: 2, policyRevision, lists: { [POLICY_LIST]: said }, answer },
      };
      expect(judgeAgain(record, members)).toEqual({ kind: 'same' });
    }
  });
});

describe('by a later list', () => {
  test.each<[Mode, CardStatus['state'], CardStatus['state'], string]>([
    ['lists', 'good', 'good', 'same'],
    ['lists', 'good', 'suspended', 'deny.status_suspended'],
    ['stale', 'good', 'lost', 'deny.status_lost'],
    ['stale', 'good', 'good', 'same'],
    ['stale', 'unknown', 'good', 'allow.good'],
    ['stale', 'unknown', 'cancelled', 'same'],
    ['lists', 'lost', 'good', 'allow.good'],
    ['closed', 'good', 'good', 'allow.good'],
    ['closed', 'good', 'lost', 'deny.status_lost'],
    ['lists', 'good', 'not_covered', 'deny.not_covered'],
  ])('mode %s, was %s, is %s: %s', async (mode, was, is, expected) => {
    const record = await recordOf(mode, was);
    const judged = judgeWithList(record, scenes, saying(is), LATER, NOW + 1_000);
    if (expected === 'same') expect(judged).toEqual({ kind: 'same' });
    else expect(judged).toMatchObject({ kind: 'differs', now: { code: expected } });
  });

  test('the card is looked up by its issuer and its key on the list', async () => {
    const record = await recordOf('stale', 'good');
    const asked: unknown[] = [];
    judgeWithList(
      record,
      scenes,
      (issuer, key) => {
        asked.push([issuer, key]);
        return { state: 'good', entitlements: 0 };
      },
      LATER,
      NOW,
    );
    expect(asked).toEqual([['i', bytes('k', 'card')]]);
  });

  test('an older list is judged by its age', async () => {
    const record = await recordOf('lists', 'good');
    expect(judgeWithList(record, scenes, saying('good'), LATER, NOW - 1_001)).toMatchObject({
      kind: 'differs',
      now: { code: 'deny.list_too_old' },
    });
  });

  test('what no list has a say in stays the same', async () => {
    const failing: RigOptions = {
      run: async (items) => ({
        kind: 'verdicts',
        trustRevision: 't1',
        verdicts: items.map(() => ({
          ok: false,
          code: 'signature.user',
          failed: 'user signature',
          presentationDigest: bytes('p'),
          facts: null,
        })),
        stats: {
          engine: 'fake',
          busyMs: 1,
          signatures: 0,
          chainHits: 0,
          chainMisses: 0,
          authorisationHits: 0,
          authorisationMisses: 0,
        },
      }),
    };
    const forged = await recordOf('closed', 'good', failing);
    expect(judgeWithList(forged, scenes, saying('good'), LATER, NOW)).toEqual({ kind: 'same' });
    const opened: DecisionRecord = { ...forged, answer: { ...forged.answer, outcome: 'allow' } };
    expect(judgeWithList(opened, scenes, saying('good'), LATER, NOW)).toEqual({
      kind: 'cannot',
      why: 'not_proven',
    });
    const required = scenesWith({ live: 'require', could_not_ask: 'refer' });
    const record = await recordOf('lists', 'good', { scenes: required });
    expect(record.answer.code).toBe('refer.could_not_ask');
    expect(judgeWithList(record, required, saying('good'), LATER, NOW)).toEqual({ kind: 'same' });
    expect(judgeWithList(record, required, saying('lost'), LATER, NOW)).toMatchObject({ kind: 'differs' });
  });

  test('and cannot where the record does not lead to it', async () => {
    const record = await recordOf('lists', 'good');
    const judge = (change: Partial<DecisionRecord['status']>, revision = LATER) =>
      judgeWithList(
        { ...record, status: { ...record.status, ...change } },
        scenes,
        saying('lost'),
        revision,
        NOW,
      );
    expect(judge({ source: 'live', live: 'answered' })).toEqual({ kind: 'cannot', why: 'answered_live' });
    expect(judge({ listKey: null })).toEqual({ kind: 'cannot', why: 'no_list_key' });
    expect(judge({}, 'ffffffff.2')).toEqual({ kind: 'cannot', why: 'other_generation' });
  });
});
