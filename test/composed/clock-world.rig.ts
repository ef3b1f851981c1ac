/** A composed gateway and its platform, each with a clock that the test moves, and what is asked of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import {
  type ComposedGateway,
  type ComposedOptions,
  composeOnly,
  TestClocks,
} from './composed-gateway.rig.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
const LOOK_MS = 20;
const WAIT_MS = 30_000;

export type Readiness = Readonly<Record<string, string | number | boolean | null>>;

export interface ClockWorld {
  readonly composed: ComposedGateway;
  /** Of the gateway's machine. */
  readonly machine: TestClocks;
  /** The time it really is: of the platform, of devices and phones. */
  readonly truth: TestClocks;
  /** Time passes for all. */
  pass(ms: number): void;
  /** Somebody sets the gateway's clock to so much ahead of the truth; behind when negative. */
  setAhead(ms: number): void;
  /** A ride code as a phone shows it, by default one whose clock is right; another at each time, and for another card. */
  shown(card?: number, validity_s?: number, nowMs?: number): PlainMessage;
  connect(deviceId?: string, nowMs?: number): Promise<PlainClient>;
  /** Taps at the entry gate, over a connection that was made at the start. */
  tap(shown: PlainMessage): Promise<PlainMessage>;
  ready(): Promise<Readiness>;
  /** Resolves with the readiness of which it holds; a test that waits in vain fails. */
  untilReady(holds: (ready: Readiness) => boolean): Promise<Readiness>;
  metrics(): Promise<string>;
  /** Stops the gateway, and starts it with its clock so much ahead of the truth. */
  restart(aheadMs: number, downMs?: number): Promise<void>;
}

/** `aheadMs`: of the gateway's clock at the start. */
export async function startClockWorld(
  options: Omit<ComposedOptions, 'clocks'> = {},
  aheadMs = 0,
): Promise<ClockWorld> {
  // Whole seconds, as in ride codes and tokens.
  const startMs = Math.floor(Date.now() / 1_000) * 1_000;
  const truth = new TestClocks(startMs);
  const machine = new TestClocks(startMs + aheadMs);
  const composed = await composeOnly({
    ...options,
    clocks: machine,
    platform: { now: truth.now, ...options.platform },
    settings: { platform: { poll_ms: 100, delta_wait_ms: 100 }, live: QUICK_LIVE, ...options.settings },
  });
  onTestFinished(() => composed.stop());
  await composed.start();
  const cards = goodCards(composed.city, 'sm2');
  let gate: PlainClient | null = null;
  let seq = 0;
  const connect = (deviceId = 'gate-1', nowMs = machine.now()) =>
    PlainClient.connect({ ...composed.target(deviceId), nowMs });
  const ready = async () => {
    const response = await fetch(`${composed.address.admin}/readyz`);
    return ((await response.json()) as { checks: Readiness }).checks;
  };
  return {
    composed,
    machine,
    truth,
    connect,
    ready,
    pass(ms) {
      truth.pass(ms);
      machine.pass(ms);
    },
    setAhead: (ms) => machine.setWall(truth.now() + ms),
    shown(card = 0, validity_s = 600, nowMs = truth.now()) {
      const index = cards[card] ?? 0;
      return {
        scene: '29/entry',
        ...rideCodeOf(composed.city, index, { nowMs, validity_s }).binary,
      };
    },
    async tap(shown) {
      gate ??= await connect('gate-1', (await timeOf(ready)) ?? machine.now());
      seq += 1;
      return (await gate.tap(seq, shown)).message;
    },
    async untilReady(holds) {
      const endAt = performance.now() + WAIT_MS;
      for (;;) {
        const now = await ready();
        if (holds(now)) return now;
        if (performance.now() > endAt) throw new Error(`it never was so: ${JSON.stringify(now)}`);
        await sleep(LOOK_MS);
      }
    },
    metrics: async () => (await fetch(`${composed.address.admin}/metrics`)).text(),
    async restart(ahead, downMs = 0) {
      gate = null;
      await composed.stopGateway();
      truth.pass(downMs);
      machine.pass(downMs);
      machine.setWall(truth.now() + ahead);
      await composed.start();
    },
  };
}

/** The gateway's own time: a device that asks for it is let in whatever the clocks say. */
async function timeOf(ready: () => Promise<Readiness>): Promise<number | null> {
  const { time } = await ready();
  return typeof time === 'string' ? Date.parse(time) : null;
}

const QUICK_LIVE = { probe_ms: 50, probe_timeout_ms: 1_000, recover_ms: 100 };
