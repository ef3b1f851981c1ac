/** Rows of the matrix: the platform is a process that is killed, starts again, flaps, or cannot be reached for a while. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { DecisionRecord } from '../../gateway/journal/record/record.ts';
import { checkAnswers, checkOwnTimes, recordsOf } from './check-answers.rig.ts';
import { decisionOf } from './gate-load.rig.ts';
import {
  becomes,
  EVERY_STATE,
  modeBecomes,
  modeChanges,
  type OutageRig,
  outboxEmpties,
  RATE_PER_S,
  readiness,
  revisionBecomes,
  startRig,
} from './outage.rig.ts';
import { PlatformProcess } from './platform-process.rig.ts';

/** A busy machine may take its time over what is waited for. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let platform: PlatformProcess;
let rig: OutageRig;
let revision: string;
/** No try shows a card that an earlier one had suspended. */
let nextCard = 20;

beforeAll(async () => {
  platform = await PlatformProcess.start();
  rig = await startRig({}, platform);
  revision = await rig.publish(EVERY_STATE);
});
afterAll(async () => {
  await rig.stop();
  await platform.stop();
});
beforeEach(async () => {
  rig.load.clear();
  await modeBecomes(rig.gateway, 'live');
  await revisionBecomes(rig.gateway, revision);
});

/** So many more taps of the load have their decisions. */
async function decided(more: number): Promise<void> {
  const count = () => rig.load.taps.filter((tap) => decisionOf(tap) !== null).length;
  const before = count();
  await becomes('taps are decided', count, (now) => now >= before + more);
}

/** Every record of the journal is at the platform, each once. */
async function allUploadedOnce(): Promise<readonly DecisionRecord[]> {
  await outboxEmpties(rig.gateway);
  const records = recordsOf(rig.dataFolder);
  const { records: kept, conflicts, gateways } = await platform.summary();
  expect({ kept, conflicts, gateways }).toEqual({
    kept: records.length,
    conflicts: 0,
    gateways: { [rig.gateway.gatewayId]: records.length },
  });
  return records;
}

test('killed in the middle of the load: gates do not notice, and what was decided meanwhile reaches it when it is back', async () => {
  const from = rig.gateway.logLines.length;
  rig.load.start(RATE_PER_S);
  await decided(20);
  await platform.kill();
  await modeBecomes(rig.gateway, 'lists');
  await becomes(
    'records wait for the platform',
    () => readiness(rig.gateway.admin),
    ({ outbox_waiting: waiting }) => Number(waiting) > 20,
  );
  await platform.start();
  await modeBecomes(rig.gateway, 'live');
  await decided(20);
  const records = await checkAnswers(rig);
  expect(new Set(records.map(({ mode }) => mode))).toEqual(new Set(['live', 'lists']));
  expect(modeChanges(rig.gateway, from)).toEqual(['live>lists', 'lists>live']);
  await allUploadedOnce();
});

test('a card is suspended during an outage: what passed meanwhile is judged again and reported with both revisions', async () => {
  const [card, other] = [nextCard, nextCard + 1];
  nextCard += 2;
  await platform.setFault({ fault: 'down' });
  await modeBecomes(rig.gateway, 'lists');
  const before = revision;
  const passed = await rig.load.tap('29/entry', card, 0);
  const also = await rig.load.tap('29/entry', other, 0);
  revision = await rig.publish({ cards: [{ index: card, state: 'suspended' }] });
  const still = await rig.load.tap('29/exit', card, 0);
  const ids = [passed, still].map(({ sendings }) => String(sendings[0]?.answer?.message['id']));
  const told = platform.rejudgements().length;
  await platform.setFault(null);
  await modeBecomes(rig.gateway, 'live');
  await revisionBecomes(rig.gateway, revision);
  const now = await rig.load.tap('29/entry', card, 0);
  expect([passed, also, still, now].map(({ sendings }) => sendings[0]?.answer?.message['code'])).toEqual([
    'allow.good',
    'allow.good',
    'allow.good',
    'deny.status_suspended',
  ]);
  await checkAnswers(rig);
  const items = await becomes(
    'two decisions are reported',
    () => platform.rejudgements().slice(told),
    ({ length }) => length >= 2,
  );
  const epochAndPosition = (await allUploadedOnce())
    .filter(({ answer }) => ids.includes(answer.decisionId))
    .map(({ position }) => position);
  expect(items.map(({ id }) => Number(id.split(':')[1]))).toEqual(epochAndPosition);
  for (const { was, now: again } of items) {
    expect(was).toEqual({ outcome: 'allow', code: 'allow.good', list_revision: before });
    expect(again).toEqual({ outcome: 'deny', code: 'deny.status_suspended', list_revision: revision });
  }
});

test('flapping every second: the mode does not', async () => {
  const from = rig.gateway.logLines.length;
  rig.load.start(RATE_PER_S);
  await platform.setFault({ fault: 'flapping', period_ms: 1_000 });
  await modeBecomes(rig.gateway, 'lists');
  await sleep(4_000);
  expect(modeChanges(rig.gateway, from)).toEqual(['live>lists']);
  await platform.setFault(null);
  await modeBecomes(rig.gateway, 'live');
  await checkAnswers(rig);
  expect(modeChanges(rig.gateway, from)).toEqual(['live>lists', 'lists>live']);
});

test('dead at the start: the gateway is ready from disk, with the revision it had', async () => {
  await rig.gateway.kill('SIGTERM');
  await platform.kill();
  await rig.gateway.restart();
  expect(await readiness(rig.gateway.admin)).toMatchObject({ mode: 'lists', list_revision: revision });
  await rig.load.reconnect();
  await rig.load.during(700, RATE_PER_S);
  const records = await checkAnswers(rig);
  expect(records.every(({ mode, status }) => mode === 'lists' && status.listRevision === revision)).toBe(
    true,
  );
  await platform.start();
  await modeBecomes(rig.gateway, 'live');
  revision = await rig.publish({ cards: [{ index: 20, state: 'good' }] });
  await revisionBecomes(rig.gateway, revision);
  await allUploadedOnce();
});

test("in all rows together, no answer was late by the gateway's own measure", async () => {
  await checkOwnTimes(rig.gateway.http);
});
