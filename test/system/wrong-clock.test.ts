/** A real process on a machine whose clock is wrong: what the composed tests hold, over kills and with all threads. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { type GatewayUnderTest, startGateway } from './gateway-under-test.rig.ts';
import { goodCards, rideCodeOf } from './presentations.rig.ts';

const HOUR_MS = 3_600_000;
const TOLERANCE_MS = 10_000;
const LOOK_MS = 50;
const WAIT_MS = 90_000;

type Readiness = Readonly<Record<string, unknown>>;

let gateway: GatewayUnderTest;

// Before each, since a second try needs a gateway that runs.
beforeEach(async () => {
  const settings = { platform: { poll_ms: 250, delta_wait_ms: 500 } };
  gateway = await startGateway({ clockAheadMs: 0, settings });
});
afterEach(() => gateway.stop());

async function untilReady(holds: (ready: Readiness) => boolean): Promise<Readiness> {
  const endAt = performance.now() + WAIT_MS;
  for (;;) {
    const response = await fetch(`${gateway.admin}/readyz`);
    const { checks } = (await response.json()) as { readonly checks: Readiness };
    if (holds(checks)) return checks;
    if (performance.now() > endAt) throw new Error(`it never was so: ${JSON.stringify(checks)}`);
    await sleep(LOOK_MS);
  }
}

/** By the gateway's time, as a device that has learned it from a refusal. */
async function tap(shown: PlainMessage): Promise<PlainMessage> {
  const { time } = await untilReady(() => true);
  const client = await PlainClient.connect({ ...gateway.target(), nowMs: Date.parse(String(time)) });
  const { message } = await client.tap(1, { scene: '29/entry', ...shown });
  await client.bye();
  return message;
}

test('ahead, behind, jumping, over kills: it is said, a used code stays used, and all is well once it is right', async () => {
  const [card = 0] = goodCards(gateway.city, 'sm2');
  const used = rideCodeOf(gateway.city, card, { validity_s: 900 }).binary;
  await untilReady(({ mode, clock }) => mode === 'live' && clock === 'ok');
  expect(await tap(used)).toMatchObject({ code: 'allow.good' });

  for (const [before, after] of [
    [HOUR_MS, HOUR_MS],
    [HOUR_MS, 0],
    [0, -HOUR_MS],
    [-HOUR_MS, -HOUR_MS],
    [-HOUR_MS, HOUR_MS],
  ] as const) {
    gateway.setClock(before);
    if (before !== 0) await untilReady(({ clock }) => clock === 'suspect');
    await gateway.kill('SIGKILL');
    gateway.setClock(after);
    await gateway.restart();
    if (after !== 0) {
      const { clock_offset_ms: offsetMs } = await untilReady(({ clock }) => clock === 'suspect');
      if (after > 0) expect(Math.abs(Number(offsetMs) - after)).toBeLessThan(TOLERANCE_MS);
      else expect(Number(offsetMs)).toBeLessThan(-TOLERANCE_MS);
    }
    gateway.setClock(0);
    await untilReady(({ mode, clock }) => mode === 'live' && clock === 'ok');
    expect(await tap(used), `${before} ms ahead, then ${after}`).toMatchObject({ code: 'deny.replayed' });
  }
}, 600_000);
