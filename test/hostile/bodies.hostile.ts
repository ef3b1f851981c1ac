/** Request bodies that are large, many, and slow, under one session. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeToken } from '../protocol/plain-client.rig.ts';
import { DEVICES, type GatewayUnderTest } from '../system/gateway-under-test.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import { SCENE } from './honest-gate.rig.ts';
import { startHostileRun } from './hostile-run.rig.ts';
import { openMany } from './raw-socket.rig.ts';

const MIB = 1_048_576;
/** Of the attack, beside what the gateway needs for its work. */
const PEAK_BYTES_MAX = 100 * MIB;
const HOSTILE = 'desk-1';
const HONEST = 'desk-2';
const DESKS = [...DEVICES, { deviceId: HONEST, class: 'desk', scenes: [SCENE] }] as const;

async function sessionOf(gateway: GatewayUnderTest, deviceId: string): Promise<string> {
  const headers = { authorization: `Bearer ${makeToken(gateway.target(deviceId))}` };
  const response = await fetch(`${gateway.http}/v1/sessions`, { method: 'POST', headers });
  return ((await response.json()) as { token: string }).token;
}

function batchHead(session: string, length: string): string {
  return [
    'POST /v1/verifications:batch HTTP/1.1',
    'Host: gateway',
    `Authorization: Bearer ${session}`,
    'Content-Type: application/json',
    length,
    '',
    '',
  ].join('\r\n');
}

/** Taps as an honest desk does until `end`. Answers the statuses it got. */
async function honestDesk(gateway: GatewayUnderTest, end: number): Promise<ReadonlySet<number>> {
  const authorization = `Bearer ${await sessionOf(gateway, HONEST)}`;
  const [card = 0] = goodCards(gateway.city, 'rsa');
  const statuses = new Set<number>();
  while (performance.now() < end) {
    const body = JSON.stringify({ ...chipTapOf(gateway.city, card).json, scene: SCENE });
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(`${gateway.http}/v1/verifications`, { method: 'POST', headers, body });
    statuses.add(response.status);
    await response.text();
    await sleep(100);
  }
  return statuses;
}

test('600 bodies of 2 MiB under one session: what is not held is refused with a code, and others are served', async () => {
  const { gateway, memory, unharmed, counted } = await startHostileRun({ devices: DESKS });
  const session = await sessionOf(gateway, HOSTILE);
  const sockets = await openMany(600, gateway.http);
  const end = performance.now() + 8_000;
  const desk = honestDesk(gateway, end);
  const head = batchHead(session, `Content-Length: ${2 * MIB}`);
  const piece = ' '.repeat(MIB / 4);
  await Promise.all(
    sockets.map(async (socket) => {
      socket.write(head);
      await socket.press(piece, 2 * MIB - piece.length);
    }),
  );
  expect([...(await desk)]).toEqual([200]);
  expect(memory.mostAbove, 'bytes above what was resident before').toBeLessThan(PEAK_BYTES_MAX);
  expect(await counted('request.too_much_at_once')).toBeGreaterThan(500);
  expect(sockets.filter(({ received }) => received.startsWith('HTTP/1.1 429')).length).toBeGreaterThan(500);
  for (const socket of sockets) socket.end();
  await unharmed();
});

test('bodies that come byte by byte under one session cost little, and others are served', async () => {
  const { gateway, memory, unharmed } = await startHostileRun({ devices: DESKS });
  const session = await sessionOf(gateway, HOSTILE);
  const sockets = await openMany(400, gateway.http);
  const end = performance.now() + 8_000;
  const desk = honestDesk(gateway, end);
  await Promise.all(
    sockets.map(async (socket) => {
      socket.write(batchHead(session, 'Transfer-Encoding: chunked'));
      while (performance.now() < end && !socket.isOver) {
        socket.write('1\r\n \r\n');
        await sleep(2);
      }
    }),
  );
  expect([...(await desk)]).toEqual([200]);
  expect(memory.mostAbove, 'bytes above what was resident before').toBeLessThan(PEAK_BYTES_MAX);
  for (const socket of sockets) socket.end();
  await unharmed();
});
