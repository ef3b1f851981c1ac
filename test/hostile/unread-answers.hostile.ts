/** Clients that ask and do not read what they are answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import { makeToken } from '../protocol/plain-client.rig.ts';
import type { GatewayUnderTest } from '../system/gateway-under-test.rig.ts';
import { startHostileRun } from './hostile-run.rig.ts';
import { get, openMany, RawSocket } from './raw-socket.rig.ts';
import { binaryMessage, PING, type Upgraded, upgrade } from './websocket.rig.ts';

const MIB = 1_048_576;
const SOCKETS = 8;
/** Of the attack, beside what the gateway needs for its work. */
const PEAK_BYTES_MAX = 100 * MIB;
/** One client may let lie what all together may; and what is no tap is not what bounds it here. */
const DEAF = { send_buffer_bytes: 8 * MIB, unread_bytes: 8 * MIB, other_messages_per_s: 10_000_000 };
const DOCUMENT = get('/openapi.json');

test('answers that nobody reads, asked for at once: they hold no memory, and hold up no tap', async () => {
  const { gateway, memory, unharmed } = await startHostileRun();
  const sockets = await openMany(SOCKETS, gateway.http, { reads: false });
  for (const socket of sockets) socket.write(DOCUMENT.repeat(6_000));
  await sleep(5_000);
  expect(memory.mostAbove, 'bytes above what was resident before').toBeLessThan(PEAK_BYTES_MAX);
  for (const socket of sockets) socket.end();
  await unharmed();
});

/** Asks one by one, reading nothing, until the connection is over or so many are sent. Answers how many were. */
async function ask(socket: RawSocket, requests: number): Promise<number> {
  let sent = 0;
  for (; sent < requests && !socket.isOver; sent += 1) {
    socket.write(DOCUMENT);
    await sleep(25);
  }
  return sent;
}

test('answers that nobody reads, asked for one by one: the client is cut in time, and it is counted', async () => {
  const { gateway, memory, unharmed, counted } = await startHostileRun({
    settings: { limits: { unread_ms: 2_000 } },
  });
  // The buffers of the system take many. Then an answer waits, and one more request ends the connection. So does a second
  // request in one read, which a busy machine may bring about: that is counted, and tried again.
  let [ended, pipelined] = [0, 0];
  do {
    pipelined = await counted('connection.pipelined');
    const probe = await RawSocket.open(gateway.http, { reads: false });
    ended = await ask(probe, 600);
    probe.end();
  } while ((await counted('connection.pipelined')) > pipelined);
  expect(ended).toBeLessThan(600);
  // One of these has just its last answer waiting.
  const patient = await openMany(24, gateway.http, { reads: false });
  await Promise.all(patient.map((socket, i) => ask(socket, ended - 1 - i)));
  await sleep(4_000);
  expect(memory.mostAbove, 'bytes above what was resident before').toBeLessThan(PEAK_BYTES_MAX);
  expect(await counted('connection.slow_reader')).toBeGreaterThan(0);
  for (const socket of patient) socket.end();
  await unharmed();
});

/** Lets a hostile device in on so many connections, none of which reads thereafter. */
async function deafConnections(gateway: GatewayUnderTest, count: number): Promise<Upgraded[]> {
  const all: Upgraded[] = [];
  for (let i = 0; i < count; i += 1) {
    const upgraded = await upgrade(gateway.http);
    if (upgraded === null) throw new Error('the hostile device was not let in');
    const stream = new Uint8Array(16).fill(i + 1);
    const token = makeToken(gateway.target('desk-1'));
    upgraded.socket.write(binaryMessage(encode({ t: 'hello', v: 1, token, stream })));
    all.push(upgraded);
  }
  await sleep(1_000);
  return all;
}

/** Pings until the gateway takes no more. */
async function ping({ socket, isOver }: Upgraded, bytes: number): Promise<void> {
  const many = Buffer.concat(Array.from({ length: 1_000 }, () => PING));
  const end = performance.now() + 20_000;
  for (let sent = 0; sent < bytes && !isOver() && performance.now() < end; ) {
    if (socket.writableLength > many.length) {
      await sleep(5);
      continue;
    }
    socket.write(many);
    sent += many.length;
    await sleep(0);
  }
}

test('answers on WebSockets that nobody reads are bounded in all, and who takes none is cut in time', async () => {
  const { gateway, memory, unharmed, counted } = await startHostileRun({
    settings: { limits: { ...DEAF, unread_ms: 3_000 } },
  });
  const deaf = await deafConnections(gateway, 4);
  await Promise.all(deaf.map((each) => ping(each, 16 * MIB)));
  await sleep(4_000);
  expect(memory.mostAbove, 'bytes above what was resident before').toBeLessThan(PEAK_BYTES_MAX);
  expect(await counted('connection.slow_reader')).toBeGreaterThanOrEqual(4);
  for (const { socket } of deaf) socket.destroy();
  await unharmed();
});

test('pings of clients that are not let in, and do not read, hold no memory', async () => {
  const { gateway, memory, unharmed, counted } = await startHostileRun({
    settings: { limits: { ...DEAF, hello_timeout_ms: 10_000 } },
  });
  const opened = await Promise.all(Array.from({ length: 8 }, () => upgrade(gateway.http)));
  const strangers = opened.filter((each) => each !== null);
  expect(strangers.length).toBe(8);
  await Promise.all(strangers.map((each) => ping(each, 16 * MIB)));
  expect(memory.mostAbove, 'bytes above what was resident before').toBeLessThan(PEAK_BYTES_MAX);
  expect(await counted('connection.slow_reader')).toBe(8);
  for (const { socket } of strangers) socket.destroy();
  await unharmed();
});
