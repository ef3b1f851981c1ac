/** Rows of the matrix: the platform is there, but slow, or says what it should not. One gateway goes through them all. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { checkAnswers, checkOwnTimes, metricsOf, TOLERANCE_MS } from './check-answers.rig.ts';
import { DEADLINE_MS } from './gate-load.rig.ts';
import { ListHistory } from './list-history.rig.ts';
import {
  becomes,
  EVERY_STATE,
  modeBecomes,
  modeChanges,
  type OutageRig,
  RATE_PER_S,
  readiness,
  revisionBecomes,
  startRig,
  underFault,
} from './outage.rig.ts';

/** A busy machine may take its time over what is waited for. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let rig: OutageRig;
let revision: string;

beforeAll(async () => {
  rig = await startRig();
  revision = await rig.publish(EVERY_STATE);
  await revisionBecomes(rig.gateway, revision);
});
afterAll(() => rig.stop());

beforeEach(async () => {
  rig.load.clear();
  await modeBecomes(rig.gateway, 'live');
  await revisionBecomes(rig.gateway, revision);
});

const linkFaults = async (what: string, fault: string) =>
  (await metricsOf(rig.gateway.admin))(`onecard_link_faults_total{what="${what}",fault="${fault}"}`);

/** Resolves when the link has refused for this reason once more than before. */
async function refusedOnceMore(what: string, fault: string, before: number): Promise<void> {
  await becomes(
    `${what} is refused as ${fault}`,
    () => linkFaults(what, fault),
    (count) => count > before,
  );
}

test('in health: doors and desks are answered by the platform itself', async () => {
  await rig.load.during(1_000, RATE_PER_S);
  const records = await checkAnswers(rig);
  expect(records.every(({ mode }) => mode === 'live')).toBe(true);
  const asked = records.filter(({ scene }) => scene === '30/door' || scene === '40/desk');
  expect(asked.filter(({ status }) => status.source === 'live').length).toBeGreaterThan(0.2 * asked.length);
});

test('the checker sees what is late, lost, or wrong for its revision', async () => {
  await rig.load.during(300, RATE_PER_S);
  await checkAnswers(rig);
  const [tap] = rig.load.taps;
  const [sending] = tap?.sendings ?? [];
  if (!tap || !sending) throw new Error('no tap was sent');
  const { answer, answeredAt } = sending;
  sending.answeredAt = sending.sentAt + DEADLINE_MS + TOLERANCE_MS + 1;
  await expect(checkAnswers(rig)).rejects.toThrow('answered after');
  Object.assign(sending, { answer: null, answeredAt: null });
  await expect(checkAnswers(rig)).rejects.toThrow(`answer to tap ${tap.seq}`);
  Object.assign(sending, { answer, answeredAt });
  // A history in which nothing was published: cards have their first states by it.
  const history = new ListHistory(rig.gateway.city);
  history.begin(rig.gateway.platform.head.generation);
  rig.load.clear();
  await rig.load.tap('29/entry', 0, 0);
  await expect(checkAnswers({ ...rig, history })).rejects.toThrow('card 0 by');
});

test('slow by 200 ms: a door does not wait for it and decides by the list, and the mode stays', async () => {
  const from = rig.gateway.logLines.length;
  await underFault(rig, { fault: 'slow', delay_ms: 200 }, () => sleep(1_500));
  const records = await checkAnswers(rig);
  const atDoors = records.filter(({ scene }) => scene === '30/door');
  const late = atDoors.filter(({ status }) => status.live === 'late' || status.live === 'not_asked');
  expect(late.length).toBeGreaterThan(0.8 * atDoors.length);
  expect(late.every(({ status }) => status.source === 'list')).toBe(true);
  expect(modeChanges(rig.gateway, from)).toEqual([]);
});

test.each([
  ['slow by 2 s', 2_000],
  ['slow forever', 0],
])('%s: gates do not notice, the mode becomes lists and comes back', async (_, delay_ms) => {
  const from = rig.gateway.logLines.length;
  await underFault(rig, { fault: 'slow', delay_ms }, async () => {
    await modeBecomes(rig.gateway, 'lists');
    await sleep(700);
  });
  await modeBecomes(rig.gateway, 'live');
  const records = await checkAnswers(rig);
  expect(records.some(({ mode }) => mode === 'lists')).toBe(true);
  expect(modeChanges(rig.gateway, from)).toEqual(['live>lists', 'lists>live']);
});

test('garbage under status 200: nothing of it is believed', async () => {
  const before = await linkFaults('trust', 'malformed');
  await underFault(rig, { fault: 'garbage' }, async () => {
    await modeBecomes(rig.gateway, 'lists');
    await sleep(500);
  });
  await modeBecomes(rig.gateway, 'live');
  const records = await checkAnswers(rig);
  expect(records.some(({ mode }) => mode === 'lists')).toBe(true);
  expect((await readiness(rig.gateway.admin))['list_revision']).toBe(revision);
  expect(await linkFaults('trust', 'malformed')).toBeGreaterThan(before);
});

test('bad signature: the list stops at the last good revision, and catches up when signatures verify', async () => {
  const before = await linkFaults('cards', 'signature');
  const last = revision;
  await underFault(rig, { fault: 'bad_signature' }, async () => {
    revision = await rig.publish({ cards: [{ index: 7, state: 'lost' }] });
    await refusedOnceMore('cards', 'signature', before);
    expect((await readiness(rig.gateway.admin))['list_revision']).toBe(last);
  });
  await revisionBecomes(rig.gateway, revision);
  await checkAnswers(rig);
});

test('old revision: nothing older than what was in force is taken', async () => {
  await underFault(rig, { fault: 'old_revision' }, async () => {
    await becomes(
      'what is older is refused',
      async () => (await linkFaults('trust', 'rollback')) + (await linkFaults('cards', 'rollback')),
      (count) => count > 0,
    );
    await sleep(300);
    expect((await readiness(rig.gateway.admin))['list_revision']).toBe(revision);
  });
  await checkAnswers(rig);
  revision = await rig.publish({ cards: [{ index: 7, state: 'good' }] });
  await revisionBecomes(rig.gateway, revision);
});

test('forked chain: another history under the same revision is refused, and the good one followed on', async () => {
  const before = await linkFaults('cards', 'fork');
  await underFault(rig, { fault: 'forked_chain' }, async () => {
    await refusedOnceMore('cards', 'fork', before);
    expect((await readiness(rig.gateway.admin))['list_revision']).toBe(revision);
  });
  revision = await rig.publish({ cards: [{ index: 8, state: 'suspended' }] });
  await revisionBecomes(rig.gateway, revision);
  await checkAnswers(rig);
});

test.each([
  ['an hour ahead', 3_600_000],
  ['an hour behind', -3_600_000],
])(
  "the platform's clock is %s: taps are decided as before, and the list is followed again after",
  async (_, offset_ms) => {
    await underFault(rig, { fault: 'clock_off', offset_ms }, () => sleep(1_500));
    await checkAnswers(rig);
    revision = await rig.publish({ cards: [{ index: 8, state: offset_ms > 0 ? 'good' : 'lost' }] });
    await revisionBecomes(rig.gateway, revision);
  },
);

test("in all rows together, no answer was late by the gateway's own measure", () =>
  checkOwnTimes(rig.gateway.http));
