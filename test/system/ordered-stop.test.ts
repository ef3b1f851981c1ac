/** A gateway that is asked to stop, from outside: readiness, gates, connections, the platform, in this order. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { eventually } from '../unit/gateway/outbox/eventually.rig.ts';
import { GATEWAY_ID, type GatewayUnderTest, startGateway } from './gateway-under-test.rig.ts';
import { goodCards, rideCodeOf } from './presentations.rig.ts';

const TAPS = 40;
/** Longer than a busy machine needs to see what happens in it. */
const LEAVE_MS = 8_000;

async function gatewayForTest(settings: Readonly<Record<string, unknown>>): Promise<GatewayUnderTest> {
  const gateway = await startGateway({ settings });
  onTestFinished(() => gateway.stop());
  return gateway;
}

const readyOf = async ({ admin }: GatewayUnderTest) => (await fetch(`${admin}/readyz`)).status;

/** `connected`, or the code of the error. */
async function tryToConnect({ http }: GatewayUnderTest): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(http).port) });
  try {
    await once(socket, 'connect');
    return 'connected';
  } catch (cause) {
    return String((cause as NodeJS.ErrnoException).code);
  } finally {
    socket.destroy();
  }
}

const oneConnection = () => new Agent({ keepAlive: true, maxSockets: 1 });

async function ask(url: string, agent: Agent): Promise<{ status: number; connection: string | undefined }> {
  const [response] = await once(request(url, { agent }).end(), 'response');
  response.resume();
  await once(response, 'end');
  return { status: response.statusCode, connection: response.headers.connection };
}

test('readiness fails first, and whoever still comes is served; then gates are told, and nobody else is let in', async () => {
  const gateway = await gatewayForTest({ listen: { leave_ms: LEAVE_MS } });
  expect(await readyOf(gateway)).toBe(200);
  process.kill(gateway.pid, 'SIGTERM');
  await eventually(() => readyOf(gateway)).toBe(503);
  const late = await PlainClient.connect(gateway.target());
  const [card = 0] = goodCards(gateway.city, 'sm2');
  const { message } = await late.tap(1, rideCodeOf(gateway.city, card, { validity_s: 600 }).binary);
  expect(message['code']).toBe('allow.good');
  expect(await late.drained).toMatchObject({ t: 'drain', grace_ms: expect.any(Number) });
  expect(await tryToConnect(gateway)).toBe('ECONNREFUSED');
  await late.bye();
  await eventually(() => gateway.running).toBe(false);
});

test('while the platform is handed the rest no gate and no request is held: each is sent elsewhere', async () => {
  const gateway = await gatewayForTest({ platform: { upload_batch: 2 }, journal: { flush_ms: 60_000 } });
  gateway.platform.setFault({ fault: 'slow', delay_ms: 0 });
  const [card = 0] = goodCards(gateway.city, 'sm2');
  const stays = await PlainClient.connect(gateway.target());
  const shown = rideCodeOf(gateway.city, card, { validity_s: 600 }).binary;
  await Promise.all(
    Array.from({ length: TAPS }, (_, i) => stays.tap(i + 1, { scene: '29/entry', ...shown })),
  );
  const agent = oneConnection();
  onTestFinished(() => agent.destroy());
  expect(await ask(`${gateway.http}/livez`, agent)).toEqual({ status: 200, connection: undefined });

  process.kill(gateway.pid, 'SIGTERM');
  await stays.drained;
  expect(await tryToConnect(gateway)).toBe('ECONNREFUSED');
  expect(await ask(`${gateway.http}/readyz`, agent)).toEqual({ status: 503, connection: 'close' });
  // It was told, and stays all the same.
  expect(await stays.closed).toEqual({ code: 4_503, reason: 'gateway.draining' });
  expect(gateway.running).toBe(true);
  expect(gateway.platform.journalSummary().records).toBeLessThan(TAPS);

  gateway.platform.setFault(null);
  await eventually(() => gateway.running).toBe(false);
  expect(gateway.platform.journalSummary()).toMatchObject({ gateways: { [GATEWAY_ID]: TAPS } });
});
