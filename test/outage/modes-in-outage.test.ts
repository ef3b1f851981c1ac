/** Rows of the matrix: an outage that outlasts the lists, and an operator who says otherwise. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { MAIN } from '../system/gateway-under-test.rig.ts';
import { checkAnswers, checkOwnTimes } from './check-answers.rig.ts';
import { codeOf } from './gate-load.rig.ts';
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
} from './outage.rig.ts';

/** Long enough to be started again within the time the list is stale. */
const FRESH_MS = 3_000;
const STALE_MS = 22_000;
/** A busy machine may take its time over what is waited for. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let rig: OutageRig;
/** No try shows a card whose budget an earlier one had spent. */
let nextCard = 10;

beforeAll(async () => {
  rig = await startRig({
    platform: { fresh_ms: FRESH_MS, stale_ms: STALE_MS },
    settings: { platform: { delta_wait_ms: 300 } },
  });
  await revisionBecomes(rig.gateway, await rig.publish(EVERY_STATE));
});
afterAll(() => rig.stop());
beforeEach(() => rig.load.clear());

const tapCodes = async (scene: string, card: number, times: number) => {
  const codes: unknown[] = [];
  for (let i = 0; i < times; i += 1) codes.push(codeOf(await rig.load.tap(scene, card, 0)));
  return codes;
};

test('an operator forces a mode, and the gateway finds its own again', async () => {
  await modeBecomes(rig.gateway, 'live');
  const mode = (...args: string[]) => {
    const config = ['--config', rig.gateway.configFile];
    const { status, stderr } = spawnSync(process.execPath, [MAIN, 'mode', ...args, ...config], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  };
  mode('force', 'closed', '--reason', 'test');
  await modeBecomes(rig.gateway, 'closed');
  expect((await readiness(rig.gateway.admin))['mode_forced']).toBe(true);
  expect(await tapCodes('29/entry', 10, 1)).toEqual(['deny.closed']);
  expect(await tapCodes('29/exit', 10, 1)).toEqual(['allow.closed']);
  mode('auto');
  await modeBecomes(rig.gateway, 'live');
  expect(await tapCodes('29/entry', 10, 1)).toEqual(['allow.good']);
  const records = await checkAnswers(rig);
  expect(records.map(({ modeForced }) => modeForced)).toEqual([true, true, false]);
});

test('stale: cards pass within their risk budget, and what is spent stays spent when the gateway is killed', async () => {
  const { gateway, load } = rig;
  const [spender, saver] = [nextCard, nextCard + 1];
  nextCard += 2;
  gateway.platform.setFault({ fault: 'down' });
  await modeBecomes(gateway, 'stale');
  const allowed = Array.from({ length: 6 }, () => 'allow.good');
  expect(await tapCodes('29/entry', spender, 8)).toEqual([
    ...allowed,
    'deny.risk_budget_spent',
    'deny.risk_budget_spent',
  ]);
  expect(await tapCodes('29/entry', 3, 1)).toEqual(['deny.status_unknown']);
  await checkAnswers(rig);
  await gateway.kill('SIGKILL');
  await gateway.restart();
  expect((await readiness(gateway.admin))['mode']).toBe('stale');
  await load.reconnect();
  load.clear();
  expect(await tapCodes('29/entry', spender, 1)).toEqual(['deny.risk_budget_spent']);
  expect(await tapCodes('29/entry', saver, 1)).toEqual(['allow.good']);
  await checkAnswers(rig);
});

test('closed: an exit gate opens, an entry does not, a door asks for somebody; then all comes back by itself', async () => {
  const { gateway, load } = rig;
  const from = gateway.logLines.length;
  gateway.platform.setFault({ fault: 'down' });
  await modeBecomes(gateway, 'closed');
  expect(await tapCodes('29/exit', 0, 1)).toEqual(['allow.closed']);
  expect(await tapCodes('29/entry', 11, 1)).toEqual(['deny.closed']);
  expect(await tapCodes('30/door', 11, 1)).toEqual(['refer.closed']);
  await load.during(500, RATE_PER_S);
  await checkAnswers(rig);
  load.clear();
  gateway.platform.setFault(null);
  await modeBecomes(gateway, 'live');
  expect(modeChanges(gateway, from).at(-1)).toMatch(/>live$/);
  expect(await tapCodes('29/entry', 10, 1)).toEqual(['allow.good']);
  await checkAnswers(rig);
  // Card 0 is suspended: it was let out unseen, and would not have been.
  const reported = await becomes(
    'what would differ is reported',
    () => gateway.platform.rejudgements().changes,
    (changes) => (changes['allow>deny'] ?? 0) > 0 && (changes['deny>allow'] ?? 0) > 0,
  );
  expect(reported['refer>allow']).toBeGreaterThan(0);
});

test("in all rows together, no answer was late by the gateway's own measure", async () => {
  await checkOwnTimes(rig.gateway.http);
});
