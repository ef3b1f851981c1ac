/** Taps whose status the platform is asked for, with a platform made up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Mode, ModeState } from '../../../../gateway/knowledge/mode/mode.ts';
import type { LiveAnswer, LiveQuestion, LiveStatus } from '../../../../gateway/live/live-answer.ts';
import type { Device } from '../../../../gateway/verification.ts';
import type { CardStatus } from '../../../../lists/list-handle.ts';
import { gate, listOf, NOW, type RigOptions, rig, scenesWith } from './pipeline.rig.ts';

interface Asked {
  readonly question: LiveQuestion;
  reply(answer: LiveAnswer): void;
}

class FakePlatform implements LiveStatus {
  readonly asked: Asked[] = [];
  ask(question: LiveQuestion, reply: (answer: LiveAnswer) => void): void {
    this.asked.push({ question, reply });
  }
  async questions(count: number): Promise<readonly Asked[]> {
    await expect.poll(() => this.asked.length, { interval: 1 }).toBe(count);
    return this.asked;
  }
}

const good: LiveAnswer = { kind: 'answered', state: 'good', entitlements: 9, asOfMs: NOW - 5 };
const lost: LiveAnswer = { ...good, state: 'lost' };
const requiring = scenesWith({ live: 'require', could_not_ask: 'refer', unlisted: 'refer' });
const preferring = scenesWith({ live: 'prefer' });
const inMode = (mode: Mode, mayAskLive = true) => {
  const state: ModeState = { mode, forced: false, sinceMs: NOW, mayAskLive };
  return () => state;
};

function liveRig(options: RigOptions = {}) {
  const platform = new FakePlatform();
  return { platform, ...rig({ live: platform, mode: inMode('live'), scenes: requiring, ...options }) };
}

describe('what the platform says decides', () => {
  test.each<[LiveAnswer, CardStatus['state'], string, string]>([
    [good, 'unknown', 'allow.good', 'live'],
    [good, 'not_covered', 'allow.good', 'live'],
    [lost, 'good', 'deny.status_lost', 'live'],
    [good, 'lost', 'deny.status_lost', 'list'],
    [{ kind: 'unknown', asOfMs: NOW }, 'good', 'refer.status_unknown', 'live'],
    [{ kind: 'not_covered' }, 'good', 'deny.not_covered', 'list'],
    [{ kind: 'late' }, 'good', 'refer.could_not_ask', 'list'],
    [{ kind: 'failed' }, 'good', 'refer.could_not_ask', 'list'],
    [{ kind: 'not_asked' }, 'good', 'refer.could_not_ask', 'list'],
    [{ kind: 'late' }, 'lost', 'deny.status_lost', 'list'],
  ])('required: %o, list %s: %s', async (answer, state, code, source) => {
    const cardList = () => listOf({ state, entitlements: 0 });
    const { tap, platform, journal } = liveRig({ cardList });
    const answered = tap(1);
    const [asked] = await platform.questions(1);
    asked?.reply(answer);
    expect(await answered).toMatchObject({ kind: 'decision', code, mode: 'live' });
    expect(journal.records[0]?.status).toMatchObject({ live: answer.kind, source });
  });

  test.each<[LiveAnswer, CardStatus['state'], string]>([
    [{ kind: 'late' }, 'good', 'allow.good'],
    [{ kind: 'failed' }, 'unknown', 'deny.status_unknown'],
    [{ kind: 'not_asked' }, 'suspended', 'deny.status_suspended'],
    [{ kind: 'not_covered' }, 'good', 'allow.good'],
    [{ kind: 'not_covered' }, 'not_covered', 'deny.not_covered'],
    [lost, 'good', 'deny.status_lost'],
  ])('preferred: %o, list %s: %s', async (answer, state, code) => {
    const cardList = () => listOf({ state, entitlements: 0 });
    const { tap, platform } = liveRig({ scenes: preferring, cardList });
    const answered = tap(1);
    const [asked] = await platform.questions(1);
    asked?.reply(answer);
    expect((await answered).code).toBe(code);
  });
});

describe('the platform is asked', () => {
  test('with the card, the class of the point, and less than the time the tap has', async () => {
    const { tap, platform } = liveRig();
    const desk: Device = { deviceId: 'd1', class: 'desk', scenes: ['s/one'], enrolment: 'd1' };
    const batch: Device = { deviceId: 'b1', class: 'batch', scenes: ['s/one'], enrolment: 'b1' };
    const before = performance.now();
    const answers = [
      tap(1, { deadlineMs: 300 }),
      tap(2, { device: desk, input: 'c2@2' }),
      tap(3, { device: batch, input: 'c3@3' }),
    ];
    const asked = await platform.questions(3);
    expect(asked.map(({ question }) => [question.issuer, question.credentialId, question.class])).toEqual([
      ['i', 'card', 'gate'],
      ['i', 'c2', 'desk'],
      ['i', 'c3', 'desk'],
    ]);
    const [first] = asked;
    expect((first?.question.deadlineAt ?? 0) - before).toBeLessThan(300);
    expect((first?.question.deadlineAt ?? 0) - before).toBeGreaterThan(200);
    for (const { reply } of asked) reply(good);
    await Promise.all(answers);
  });

  test.each<[string, RigOptions, string]>([
    ['where the policy never wants it', { scenes: scenesWith() }, 'not_wanted'],
    ['while it is out of reach', { mode: inMode('lists', false) }, 'not_asked'],
    ['when everything is closed', { mode: inMode('closed') }, 'not_asked'],
  ])('not %s', async (_when, options, live) => {
    const { tap, platform, journal } = liveRig(options);
    expect((await tap(1)).kind).toBe('decision');
    expect(platform.asked).toHaveLength(0);
    expect(journal.records[0]?.status.live).toBe(live);
  });

  test('not when too little of the time is left', async () => {
    const { tap, platform, journal } = liveRig();
    expect((await tap(1, { deadlineMs: 55 })).code).toBe('refer.could_not_ask');
    expect(platform.asked).toHaveLength(0);
    expect(journal.records[0]?.status.live).toBe('not_asked');
  });

  test('also in mode stale, where what it says needs no budget', async () => {
    const { tap, platform, journal } = liveRig({ mode: inMode('stale') });
    for (const seq of [1, 2, 3]) {
      const answered = tap(seq);
      (await platform.questions(seq)).at(-1)?.reply(good);
      expect((await answered).code).toBe('allow.good');
    }
    expect(journal.records.every(({ budget }) => budget === null)).toBe(true);
  });
});

describe('in what order the answers come', () => {
  test('does not matter, and taps that need none do not wait', async () => {
    const { tap, platform, journal } = liveRig({
      scenes: scenesWith({ live: 'require', could_not_ask: 'deny', regions: ['cq'] }),
    });
    const answers = [1, 2, 3].map((seq) => tap(seq, { input: `c${seq}@${seq}` }));
    const asked = await platform.questions(3);
    asked[2]?.reply(lost);
    expect((await answers[2])?.code).toBe('deny.status_lost');
    expect(journal.records).toHaveLength(1);
    asked[0]?.reply(good);
    asked[1]?.reply({ kind: 'failed' });
    expect((await Promise.all(answers)).map(({ code }) => code)).toEqual([
      'allow.good',
      'deny.could_not_ask',
      'deny.status_lost',
    ]);
  });

  test('what comes together is decided and kept together', async () => {
    const { tap, platform, journal } = liveRig();
    let appends = 0;
    const append = journal.append.bind(journal);
    journal.append = (records) => {
      appends += 1;
      return append(records);
    };
    const answers = [1, 2, 3, 4].map((seq) => tap(seq, { input: `c${seq}@${seq}` }));
    for (const { reply } of await platform.questions(4)) reply(good);
    await Promise.all(answers);
    expect([appends, journal.records.length]).toEqual([1, 4]);
  });

  test('of two taps with one presentation exactly one passes', async () => {
    const { tap, platform } = liveRig();
    const answers = [tap(1, { input: 'c@same' }), tap(2, { input: 'c@same' })];
    for (const { reply } of await platform.questions(2)) reply(good);
    expect((await Promise.all(answers)).map(({ code }) => code)).toEqual(['allow.good', 'deny.replayed']);
  });

  test('the list and the mode are those of the moment of the answer', async () => {
    let revision = '01234567.1';
    let mode: Mode = 'live';
    const { tap, platform, journal } = liveRig({
      cardList: () => listOf({ state: 'good', entitlements: 0 }, { revision }),
      mode: () => inMode(mode)(),
    });
    const answered = tap(1);
    const [asked] = await platform.questions(1);
    revision = '01234567.2';
    mode = 'lists';
    asked?.reply({ kind: 'late' });
    expect(await answered).toMatchObject({ mode: 'lists', code: 'refer.could_not_ask' });
    expect(journal.records[0]?.status.listRevision).toBe('01234567.2');
  });
});

describe("the tap's own deadline holds", () => {
  test('when the platform never answers; what it says afterwards is not judged', async () => {
    const { tap, platform, journal, pipeline } = liveRig();
    const answered = tap(1, { deadlineMs: 120 });
    const [asked] = await platform.questions(1);
    expect(await answered).toMatchObject({ kind: 'refusal', code: 'tap.deadline_exceeded' });
    expect(pipeline.inFlight).toBe(0);
    asked?.reply(good);
    await sleep(20);
    expect(journal.records).toHaveLength(0);
  });

  test('the same tap sent again is asked for again, and an answer to the first changes nothing', async () => {
    const { tap, platform, journal } = liveRig();
    expect((await tap(1, { deadlineMs: 120 })).code).toBe('tap.deadline_exceeded');
    const again = tap(1);
    const [first, second] = await platform.questions(2);
    first?.reply(lost);
    await sleep(10);
    second?.reply(good);
    expect((await again).code).toBe('allow.good');
    expect(journal.records).toHaveLength(1);
  });
});

test('draining waits for the questions under way', async () => {
  const { tap, platform, pipeline } = liveRig();
  const answered = tap(1);
  const [asked] = await platform.questions(1);
  let drained = false;
  const draining = pipeline.drain().then(() => {
    drained = true;
  });
  await sleep(10);
  expect(drained).toBe(false);
  asked?.reply(good);
  expect((await answered).code).toBe('allow.good');
  await draining;
});

test('asking that fails by a fault of ours costs one tap a code', async () => {
  const live: LiveStatus = {
    ask() {
      throw new Error('broken');
    },
  };
  const { tap, faults } = rig({ live, mode: inMode('live'), scenes: preferring });
  expect(await tap(1)).toMatchObject({ kind: 'refusal', code: 'gateway.internal' });
  expect(faults).toHaveLength(1);
});

test('an answer made with trust in its grace says so, and so does its record', async () => {
  const { tap, journal } = rig({ trustInGrace: (revision) => revision === 't1' });
  expect(await tap(1)).toMatchObject({ code: 'allow.good', trustGrace: true });
  expect(journal.records[0]?.trustGrace).toBe(true);
  const usual = rig();
  expect(await usual.tap(1)).not.toHaveProperty('trustGrace');
});

test('a mode that an operator set is marked in the record', async () => {
  const { tap, journal } = rig({
    mode: () => ({ mode: 'closed', forced: true, sinceMs: NOW, mayAskLive: false }),
    scenes: scenesWith({ closed: 'allow' }),
  });
  expect(await tap(1, { device: gate })).toMatchObject({ code: 'allow.closed', mode: 'closed' });
  expect(journal.records[0]).toMatchObject({ mode: 'closed', modeForced: true });
});

test('the named list that the scene requires is looked up by its name', async () => {
  const { tap, journal } = rig({
    scenes: scenesWith({ requires: [{ member_of: 'members', else: 'deny', unknown: 'refer' }] }),
    namedList: (name) =>
      name === 'members'
        ? {
            head: { staleUntilMs: NOW },
            lookup: (_issuer, card) => ({ state: card === 'm' ? 'good' : 'unknown', entitlements: 0 }),
          }
        : null,
  });
  expect((await tap(1, { input: 'm@1' })).code).toBe('allow.good');
  expect((await tap(2, { input: 'x@2' })).code).toBe('deny.not_named');
  expect(journal.records.map(({ lists }) => lists)).toEqual([{ members: 'member' }, { members: 'absent' }]);
});
