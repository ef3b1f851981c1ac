/** A wrong clock is said: in readiness, metrics, the log and the refusal, and by whom it is known. */
import { expect, test } from 'vitest';
import { GateClient } from '../../client/gate-client.ts';
import { makeToken, RefusedHello } from '../protocol/plain-client.rig.ts';
import { type ClockWorld, HOUR_MS, startClockWorld } from './clock-world.rig.ts';

const GATES = Array.from({ length: 5 }, (_, i) => ({
  deviceId: `gate-${i + 1}`,
  class: 'gate' as const,
  scenes: ['29/entry'],
}));
const TOLERANCE_MS = 10_000;

function clockLines({ composed }: ClockWorld) {
  return composed.logLines
    .filter(({ msg }) => String(msg).startsWith('the clock of this machine'))
    .map(({ level, offset_ms, source }) => ({ level, offset_ms, source }));
}

async function offsetIn(world: ClockWorld, source: string): Promise<number> {
  const line = (await world.metrics())
    .split('\n')
    .find((l) => l.startsWith(`onecard_clock_offset_seconds{source="${source}"}`));
  return Number(line?.split(' ')[1] ?? Number.NaN) * 1_000;
}

/** What a device whose clock is right is told. */
async function refusalOf(world: ClockWorld, deviceId: string) {
  const refused = await world.connect(deviceId, world.truth.now()).catch((error: unknown) => error);
  if (refused instanceof RefusedHello) return refused.said;
  throw new Error('the device was let in');
}

test('ahead an hour in operation, with devices that are right: every one is refused, and it is said why', async () => {
  const world = await startClockWorld({ devices: GATES });
  await world.untilReady(({ mode, clock }) => mode === 'live' && clock === 'ok');
  expect(clockLines(world)).toEqual([]);
  world.setAhead(HOUR_MS);
  const ready = await world.untilReady(({ clock }) => clock === 'suspect');
  expect(ready).toMatchObject({ clock_source: 'platform' });
  expect(Math.abs(Number(ready['clock_offset_ms']) - HOUR_MS)).toBeLessThan(TOLERANCE_MS);
  expect(Math.abs((await offsetIn(world, 'platform')) - HOUR_MS)).toBeLessThan(TOLERANCE_MS);
  expect(await world.metrics()).toContain('\nonecard_clock_suspect 1\n');
  const said = await refusalOf(world, 'gate-1');
  expect(said).toMatchObject({ t: 'refusal', seq: null, code: 'auth.expired', retry: true });
  expect(said['server_time_ms']).toBe(world.machine.now());
  await refusalOf(world, 'gate-2');
  expect(Number.isNaN(await offsetIn(world, 'devices'))).toBe(true);
  await refusalOf(world, 'gate-3');
  expect(await offsetIn(world, 'devices')).toBe(HOUR_MS);
  // Another process cannot take the gateway out of service by saying what time it is.
  expect((await fetch(`${world.composed.address.admin}/readyz`)).status).toBe(200);
  await expect.poll(() => clockLines(world), { timeout: 30_000 }).toHaveLength(1);
  world.setAhead(0);
  await world.untilReady(({ clock }) => clock === 'ok');
  expect(await offsetIn(world, 'devices')).toBe(0);
  await expect.poll(() => clockLines(world), { timeout: 30_000 }).toHaveLength(2);
  expect(clockLines(world).map(({ level }) => level)).toEqual(['warn', 'info']);
});

test('a device that is refused for its time learns the gateway’s, and is let in', async () => {
  const world = await startClockWorld();
  world.setAhead(-HOUR_MS / 2);
  world.machine.pass(0);
  const { url, privateKey, gatewayId, deviceId } = world.composed.target('gate-1');
  world.pass(HOUR_MS);
  const states: string[] = [];
  const client = new GateClient({
    ...{ url, gatewayId, deviceId, privateKey, reconnectFirstMs: 10, reconnectMaxMs: 50 },
    onState: (state, reason) => states.push(`${state} ${reason}`),
  });
  await client.whenReady();
  expect(states).toEqual(['connecting auth.expired', 'ready welcome']);
  await client.close();
});

test('a request that is refused for its time says the gateway’s', async () => {
  const world = await startClockWorld();
  world.setAhead(HOUR_MS);
  const token = makeToken({ ...world.composed.target('desk-1'), nowMs: world.truth.now() });
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${world.composed.address.http}/v1/sessions`, { method: 'POST', headers });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ code: 'auth.expired', server_time_ms: world.machine.now() });
});

test('behind at the start, with no time kept: heads of the future are refused, and their signatures say why', async () => {
  const world = await startClockWorld({}, -HOUR_MS);
  const ready = await world.untilReady(
    ({ clock, clock_source: source }) => clock === 'suspect' && source === 'signed',
  );
  expect(Math.abs(Number(ready['clock_offset_ms']) + HOUR_MS)).toBeLessThan(TOLERANCE_MS);
  world.setAhead(0);
  world.pass(2_000);
  await world.untilReady(
    ({ clock, mode, list_age_ms: ageMs }) => clock === 'ok' && mode === 'live' && ageMs === 0,
  );
});

test('one device alone does not make the clock suspect, nor does it push it', async () => {
  const world = await startClockWorld({ devices: GATES });
  await world.untilReady(({ clock }) => clock === 'ok');
  for (const ahead of [30 * HOUR_MS, -30 * HOUR_MS]) {
    await world.connect('gate-1', world.truth.now() + ahead).catch(() => null);
  }
  for (const deviceId of ['gate-2', 'gate-3', 'gate-4']) await world.connect(deviceId);
  expect(await offsetIn(world, 'devices')).toBe(0);
  expect(await world.ready()).toMatchObject({ clock: 'ok', time: new Date(world.truth.now()).toISOString() });
});
