/** One device takes as many sessions and connections as it can get, beside an honest gate: others find room. */
import { expect, test } from 'vitest';
import { DEVICE_CLASSES } from '../../gateway/verification.ts';
import { makeToken, PlainClient } from '../protocol/plain-client.rig.ts';
import type { GatewayUnderTest } from '../system/gateway-under-test.rig.ts';
import { startHostileRun } from './hostile-run.rig.ts';

const DEVICES = ['gate-1', 'desk-2', 'hostile-1'].map((deviceId) => ({
  deviceId,
  class: DEVICE_CLASSES.find((each) => deviceId.startsWith(each)) ?? 'desk',
  scenes: ['29/entry', '29/exit'],
}));
/** More than one device may have, and all that there are. */
const SESSIONS = 300;
const CONNECTIONS = 20;
const TOKENS = 100;

const openSession = async (gateway: GatewayUnderTest, deviceId: string) => {
  const authorization = `Bearer ${makeToken(gateway.target(deviceId))}`;
  const reply = await fetch(`${gateway.http}/v1/sessions`, { method: 'POST', headers: { authorization } });
  return { status: reply.status, body: (await reply.json()) as Readonly<Record<string, unknown>> };
};

test('a device that opens sessions without end leaves room for others, and is told when it may come again', async () => {
  const run = { devices: DEVICES, settings: { limits: { sessions: SESSIONS } } };
  const { gateway, unharmed } = await startHostileRun(run);
  const statuses = new Map<number, number>();
  for (let i = 0; i < SESSIONS; i += 1) {
    const { status, body } = await openSession(gateway, 'hostile-1');
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status === 201) continue;
    expect(body).toMatchObject({ code: 'auth.too_many_sessions', retry: true });
    expect(Number(body['retry_after_ms'])).toBeGreaterThan(0);
  }
  expect(statuses).toEqual(
    new Map([
      [201, 256],
      [429, SESSIONS - 256],
    ]),
  );
  expect(await openSession(gateway, 'desk-2')).toMatchObject({ status: 201 });
  await unharmed();
});

test('a device that uses up tokens without end leaves room for others', async () => {
  const limits = { used_tokens: TOKENS, used_tokens_per_device: TOKENS / 2 };
  const { gateway, unharmed } = await startHostileRun({ devices: DEVICES, settings: { limits } });
  const codes: unknown[] = [];
  for (let i = 0; i < TOKENS; i += 1) codes.push((await openSession(gateway, 'hostile-1')).body['code']);
  expect(codes.filter((code) => code === 'auth.busy').length).toBe(TOKENS / 2);
  expect(await openSession(gateway, 'desk-2')).toMatchObject({ status: 201 });
  await unharmed();
});

test('a device that connects without end has no more than its own connections, and others are let in', async () => {
  const run = { devices: DEVICES, settings: { limits: { connections: CONNECTIONS } } };
  const { gateway, unharmed } = await startHostileRun(run);
  const connected: PlainClient[] = [];
  const refused: string[] = [];
  for (let i = 0; i < 2 * CONNECTIONS; i += 1) {
    const client = await PlainClient.connect(gateway.target('hostile-1')).catch((error: Error) => error);
    if (client instanceof Error) refused.push(client.message);
    else connected.push(client);
  }
  expect(connected.length).toBe(4);
  expect(new Set(refused)).toEqual(new Set(['connection.too_many']));
  const other = await PlainClient.connect(gateway.target('desk-2'));
  expect(await other.bye()).toBe(1_000);
  await Promise.all(connected.map((client) => client.bye()));
  await unharmed();
});
