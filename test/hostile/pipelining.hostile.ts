/** Requests that are sent without waiting for the answer before: by the thousand, on a few connections. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startHostileRun } from './hostile-run.rig.ts';
import { get, openMany, RawSocket } from './raw-socket.rig.ts';

const SOCKETS = 4;
const REQUESTS = 2_000;
const AFTER_MS = 2_000;

const PATHS = ['/metrics', '/readyz', '/livez', '/openapi.json', '/v1/gate', '/not/there'];

test('pipelined requests, 2,000 on each of 4 connections, hold up no tap, whatever they ask for', async () => {
  const { gateway, unharmed } = await startHostileRun();
  for (const path of PATHS) {
    const sockets = await openMany(SOCKETS, gateway.http);
    for (const socket of sockets) socket.write(get(path).repeat(REQUESTS));
    await sleep(AFTER_MS);
    for (const socket of sockets) socket.end();
  }
  await unharmed();
});

test('requests without end at the address for operators hold up no tap', async () => {
  const { gateway, unharmed } = await startHostileRun({
    // As an operator has it, and not as other tests need it.
    settings: { admin: { port: 0, metrics_ms: 1_000, readiness_ms: 20 } },
  });
  for (const path of ['/metrics', '/readyz', '/livez', '/mode', '/not/there']) {
    const end = performance.now() + AFTER_MS;
    while (performance.now() < end) {
      const sockets = await openMany(SOCKETS, gateway.admin);
      for (const socket of sockets) socket.write(get(path).repeat(REQUESTS));
      await sleep(50);
      for (const socket of sockets) socket.end();
    }
  }
  await unharmed();
  expect(gateway.logLines.map(({ msg }) => msg)).not.toContain('operators could not be served');
});

test('one request at a time: a second one before the answer ends the connection, and is counted', async () => {
  const { gateway, unharmed, counted } = await startHostileRun();
  const socket = await RawSocket.open(gateway.http);
  socket.write(get('/livez').repeat(2));
  await socket.closed;
  expect(socket.received).toBe('');
  expect(await counted('connection.pipelined')).toBe(1);
  const patient = await RawSocket.open(gateway.http);
  for (let request = 1; request <= 2; request += 1) {
    patient.write(get('/livez'));
    await patient.until((received) => received.split('HTTP/1.1 200').length > request);
  }
  patient.end();
  await unharmed();
});
