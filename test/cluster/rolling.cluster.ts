/** Three gateways restarted one after the other while gates tap: every tap gets its decision, and none has two. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type ClusterOfProcesses, startProcesses } from './processes.rig.ts';
import { byTap, decidedOnce, keptByProcesses, type RoamingGate, roam, roamingGate } from './roaming.rig.ts';
import { clusterMissing, startRedis } from './servers.rig.ts';
import { type Code, freshCodes, type Kept } from './showing.rig.ts';

const missing = clusterMissing();
const GATES = 6;
/** Each; with six gates and every fifth code shown twice, some 140 taps a second. */
const PAUSE_MS = 50;
const CODES = 6_000;
/** Taps that are answered before each restart and after the last. */
const TAPS_BETWEEN = 60;
/** Shown at once just before each restart, twice. */
const BURST = 24;
const BURSTS = 3 * 2 * BURST;
const BURST_MS = 3;
const STORE_MS = 5_000;

interface Rolled {
  readonly gates: readonly RoamingGate[];
  readonly kept: readonly Kept[];
}

async function rolled(signal: 'SIGTERM' | 'SIGKILL'): Promise<Rolled> {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const deviceIds = Array.from({ length: GATES }, (_, n) => `gate-${n + 1}`);
  const cluster = await startProcesses({
    cluster: { store: { urls: [redis.url], deadline_ms: STORE_MS } },
    devices: deviceIds.map((deviceId) => ({ deviceId, class: 'gate', scenes: ['29/entry'] })),
  });
  onTestFinished(() => cluster.stop());
  const gates = await Promise.all(deviceIds.map((deviceId, n) => roamingGate(cluster, deviceId, n % 3)));
  let isOver = false;
  const codes = freshCodes(cluster.city, CODES + BURSTS);
  const roaming = roam(gates, codes.slice(BURSTS), { pauseMs: PAUSE_MS, isOver: () => isOver });
  const rolling = restartInTurn(cluster, gates, signal, codes.slice(0, BURSTS)).finally(() => {
    isOver = true;
  });
  await Promise.all([rolling, roaming]);
  await Promise.all(gates.map(({ client }) => client.close()));
  return { gates, kept: await keptByProcesses(cluster) };
}

async function restartInTurn(
  { members }: ClusterOfProcesses,
  gates: readonly RoamingGate[],
  signal: NodeJS.Signals,
  codes: Code[],
): Promise<void> {
  for (const { process, gatewayId } of members) {
    await moreTaps(gates);
    // One that nobody is at would be no test.
    await expect
      .poll(() => gates.some(({ client }) => client.gateway === gatewayId), { timeout: 30_000 })
      .toBe(true);
    // So that there are taps under way, half of them perhaps judged.
    const burst = codes.splice(0, BURST).map((code, n) => gates[n % gates.length]?.show(code));
    await sleep(BURST_MS);
    burst.push(...codes.splice(0, BURST).map((code, n) => gates[n % gates.length]?.show(code)));
    await process.kill(signal);
    await process.start();
    await Promise.all(burst);
  }
  await moreTaps(gates);
}

async function moreTaps(gates: readonly RoamingGate[]): Promise<void> {
  const answered = () => gates.reduce((sum, { taps }) => sum + taps.length, 0);
  const wanted = answered() + TAPS_BETWEEN;
  await expect.poll(answered, { timeout: 60_000 }).toBeGreaterThanOrEqual(wanted);
}

function everyTapDecided(gates: readonly RoamingGate[]) {
  const taps = gates.flatMap((gate) => gate.taps);
  expect(taps).toHaveLength(gates.reduce((sum, { sent }) => sum + sent, 0));
  expect(new Set(taps.map(({ answer }) => answer.code))).toEqual(new Set(['allow.good', 'deny.replayed']));
  // Each had to go elsewhere at least once, or nothing was tried.
  for (const gate of gates) {
    const decidedAt = gate.taps.flatMap(({ answer }) =>
      answer.kind === 'decision' ? [answer.decisionId.split(':', 1)[0]] : [],
    );
    expect(new Set(decidedAt).size).toBeGreaterThan(1);
  }
  return taps;
}

test.skipIf(missing)('stopped in turn by SIGTERM: each tap is decided once, and in one journal', async () => {
  const { gates, kept } = await rolled('SIGTERM');
  const taps = everyTapDecided(gates);
  decidedOnce(taps, kept);
  for (const [name, records] of byTap(kept)) expect(records, name).toHaveLength(1);
  expect(kept).toHaveLength(taps.length);
  expect(new Set(kept.map(({ gatewayId }) => gatewayId)).size).toBe(3);
});

test.skipIf(missing)(
  'killed in turn: each tap is accepted once, and what is unanswered is sent elsewhere',
  async () => {
    const { gates, kept } = await rolled('SIGKILL');
    const taps = everyTapDecided(gates);
    decidedOnce(taps, kept);
    const moved = new Set(taps.filter(({ moves }) => moves > 0).map(({ name }) => name));
    expect(moved.size).toBeGreaterThan(0);
    for (const [name, records] of byTap(kept)) {
      // Only one that was sent again elsewhere has a record there too, once at each, and the same decision at all.
      if (!moved.has(name)) expect(records, name).toHaveLength(1);
      expect(new Set(records.map(({ gatewayId }) => gatewayId)).size, name).toBe(records.length);
      expect(new Set(records.map(({ record }) => record.answer.code)).size, name).toBe(1);
    }
  },
);
