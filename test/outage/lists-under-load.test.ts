/** Rows of the matrix: what is published while the gateway is connected is in force, whole, and no tap waits for it. */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { checkAnswers, checkOwnTimes } from './check-answers.rig.ts';
import { codeOf } from './gate-load.rig.ts';
import {
  becomes,
  modeBecomes,
  type OutageRig,
  RATE_PER_S,
  revisionBecomes,
  startRig,
  USED_CARDS,
} from './outage.rig.ts';
import { PlatformProcess } from './platform-process.rig.ts';

/** Each has two entries on the list: 100,000 changes in one delta. */
const CHANGED_CARDS = 50_000;
/** A busy machine may take its time over what is waited for. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let platform: PlatformProcess;
let rig: OutageRig;
/** No try shows a card that an earlier one had changed. */
let nextCard = 30;

beforeAll(async () => {
  platform = await PlatformProcess.start(CHANGED_CARDS);
  // Trust is not looked at again, so that changes come by what is pushed alone.
  const settings = { platform: { poll_ms: 3_600_000, delta_wait_ms: 25_000 } };
  rig = await startRig({ cards: CHANGED_CARDS, settings }, platform);
});
afterAll(async () => {
  await rig.stop();
  await platform.stop();
});
beforeEach(async () => {
  rig.load.clear();
  await modeBecomes(rig.gateway, 'live');
});

test('the change of a single card is in force while connected', async () => {
  const card = nextCard;
  nextCard += 1;
  const revision = await rig.publish({ cards: [{ index: card, state: 'lost' }] });
  await becomes(
    'the card is refused',
    () => rig.load.tap('29/entry', card, 0),
    (tap) => codeOf(tap) === 'deny.status_lost',
  );
  const records = await checkAnswers(rig);
  expect(records.at(-1)?.status.listRevision).toBe(revision);
});

test('a delta of 100,000 changes under load: each tap sees one revision whole', async () => {
  const all = Array.from({ length: CHANGED_CARDS }, (_, index) => index);
  const before = await rig.publish({ cards: USED_CARDS.map((index) => ({ index, state: 'good' })) });
  await revisionBecomes(rig.gateway, before);
  rig.load.start(RATE_PER_S);
  await becomes(
    'taps are under way',
    () => rig.load.taps.length,
    (taps) => taps > 50,
  );
  const after = await rig.publish({ cards: all.map((index) => ({ index, state: 'suspended' })) });
  await revisionBecomes(rig.gateway, after);
  const sent = rig.load.taps.length;
  await becomes(
    'taps go on',
    () => rig.load.taps.length,
    (taps) => taps > sent + 50,
  );
  const records = await checkAnswers(rig);
  const inOrder = [...records].sort((a, b) => a.position - b.position);
  const revisions = inOrder.map(({ status }) => status.listRevision);
  expect([...new Set(revisions)]).toEqual([before, after]);
  expect(revisions.indexOf(after)).toBe(revisions.lastIndexOf(before) + 1);
});

test('same-number replacement in one delta: the old chip is replaced, the new one and the ride code are good', async () => {
  const card = nextCard;
  nextCard += 1;
  await rig.publish({ cards: [{ index: card, state: 'good' }] }).then((r) => revisionBecomes(rig.gateway, r));
  const codes = async () =>
    await Promise.all(
      ([0, 1, 'ride'] as const).map(async (each) => codeOf(await rig.load.tap('29/entry', card, each))),
    );
  expect(await codes()).toEqual(['allow.good', 'deny.status_unknown', 'allow.good']);
  const revision = await rig.publish({ replace: [{ index: card }] });
  await revisionBecomes(rig.gateway, revision);
  expect(await codes()).toEqual(['deny.status_replaced', 'allow.good', 'allow.good']);
  await checkAnswers(rig);
});

test("in all rows together, no answer was late by the gateway's own measure", async () => {
  await checkOwnTimes(rig.gateway.http);
});
