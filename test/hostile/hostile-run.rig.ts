/** A gateway in a process of its own, an honest gate that taps at it all the time, and what an attack did to both. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import {
  type GatewayOptions,
  type GatewayUnderTest,
  laidOver,
  startGateway,
} from '../system/gateway-under-test.rig.ts';
import { HonestGate, type HonestLedger, type HonestOptions } from './honest-gate.rig.ts';
import { MemoryWatch } from './memory-watch.rig.ts';

const COLLECT_ON_SIGNAL = new URL('./collect-on-signal.rig.ts', import.meta.url).href;
const MIB = 1_048_576;
/** What may stay behind of an attack. */
export const LEFT_BYTES_MAX = 50 * MIB;
/** Longer than the product's default, 500 ms: the machine is shared with the attack. */
export const DEADLINE_MS = 2_000;
const SETTINGS = {
  workers: { threads: 1, hang_ms: 1_000 },
  limits: { deadline_gate_ms: DEADLINE_MS },
};
/** Honest work before an attack, so that what it needs is resident. */
const WARM_UP_MS = 3_000;

export interface HostileRun {
  readonly gateway: GatewayUnderTest;
  readonly memory: MemoryWatch;
  /** Ends the honest gate; resolves with its ledger. */
  honestLedger(): Promise<HonestLedger>;
  /**
   * Holds that no tap of the honest gate was late or refused, and that the gateway's memory is back to within 50 MB of
   * before. To be called when the attack is over.
   */
  unharmed(): Promise<void>;
  /** How often the gateway has counted a code of a connection or a request. */
  counted(code: string): Promise<number>;
}

export interface HostileOptions extends GatewayOptions {
  readonly honest?: Partial<HonestOptions>;
}

/** Starts a gateway and an honest gate that is at work when this resolves. */
export async function startHostileRun({ honest = {}, ...options }: HostileOptions = {}): Promise<HostileRun> {
  const gateway = await startGateway({
    ...options,
    settings: laidOver(SETTINGS, options.settings ?? {}),
    env: { NODE_OPTIONS: `--import ${COLLECT_ON_SIGNAL}`, ...options.env },
  });
  onTestFinished(() => gateway.stop());
  const gate = await HonestGate.connect(gateway, { deadlineMs: DEADLINE_MS, ...honest });
  const memory = new MemoryWatch(gateway.pid);
  onTestFinished(() => memory.end());
  gate.start();
  await sleep(WARM_UP_MS);
  await memory.begin();
  return {
    gateway,
    memory,
    honestLedger: () => gate.stop(),
    async unharmed() {
      const ledger = await gate.stop();
      expect(ledger.taps.length, 'taps of the honest gate').toBeGreaterThan(0);
      expect(ledger.harm).toEqual([]);
      expect(gateway.running, 'the gateway runs').toBe(true);
      expect(await memory.leftAbove(LEFT_BYTES_MAX), 'bytes left of the attack').toBeLessThan(LEFT_BYTES_MAX);
    },
    counted: (code) => countedAt(gateway, code),
  };
}

async function countedAt(gateway: GatewayUnderTest, code: string): Promise<number> {
  const text = await (await fetch(`${gateway.admin}/metrics`)).text();
  const line = text
    .split('\n')
    .find((each) => each.startsWith(`onecard_connection_faults_total{code="${code}"}`));
  return Number(line?.split(' ').at(-1) ?? 0);
}
