/** Clients that ask and do not read what they are answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startHostileRun } from './hostile-run.ts';
import { get, openMany, type RawSocket } from './raw-socket.ts';

const MIB = 1_048_576;
const SOCKETS = 8;
/** Of the attack, beside what the gateway needs for its work. */
const PEAK_BYTES_MAX = 100 * MIB;
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
    await sleep(10);
  }
  return sent;
}

test('answers that nobody reads, asked for one by one: the client is cut in time, and it is counted', async () => {
  const { gateway, memory, unharmed, counted } = await startHostileRun({
    settings: { limits: { unread_ms: 2_000 } },
  });
  const [probe, ...patient] = await openMany(13, gateway.http, { reads: false });
  // The buffers of the system take many. Then an answer waits, and one more request ends the connection.
  const ended = probe === undefined ? 0 : await ask(probe, 600);
  expect(ended).toBeLessThan(600);
  // One of these has just its last answer waiting.
  await Promise.all(patient.map((socket, i) => ask(socket, ended - 1 - i)));
  await sleep(4_000);
  expect(memory.mostAbove, 'bytes above what was resident before').toBeLessThan(PEAK_BYTES_MAX);
  expect(await counted('connection.slow_reader')).toBeGreaterThan(0);
  for (const socket of patient) socket.end();
  await unharmed();
});
