/** Connections that ask nothing and say no hello: by the thousand, from one address. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import { SCENE } from './honest-gate.rig.ts';
import { DEADLINE_MS, startHostileRun } from './hostile-run.rig.ts';
import { get, openMany, RawSocket } from './raw-socket.rig.ts';
import { type Upgraded, upgrade } from './websocket.rig.ts';

const ATTACKER = '127.0.0.1';
const NEWCOMER = '127.0.0.2';
const ATTACK_MS = 8_000;
/** What is left of 900 files for connections, and of these for one address. */
const HTTP = { http_connections: 500, http_connections_per_address: 300 };

test('connections from one address that say no hello keep no gate at another address out', async () => {
  const { gateway, unharmed, counted } = await startHostileRun({
    honest: { from: NEWCOMER },
    settings: {
      limits: { connections: 300, hellos: 400, hellos_per_address: 200, hello_timeout_ms: 3_000 },
    },
  });
  const open = new Set<Upgraded>();
  const end = performance.now() + ATTACK_MS;
  const attack = async () => {
    while (performance.now() < end) {
      const upgraded = await upgrade(gateway.http, ATTACKER);
      if (upgraded !== null) open.add(upgraded);
      else await sleep(20);
    }
  };
  const attacks = Array.from({ length: 16 }, attack);
  await sleep(2_000);
  const [card = 0] = goodCards(gateway.city, 'rsa');
  for (let newcomer = 0; performance.now() < end; newcomer += 1) {
    const client = await PlainClient.connect(gateway.target('desk-1'), undefined, NEWCOMER);
    const { message } = await client.tap(newcomer, { ...chipTapOf(gateway.city, card).binary, scene: SCENE });
    expect(message['t'], String(message['code'])).toBe('decision');
    await client.bye();
  }
  await Promise.all(attacks);
  expect(await counted('connection.too_many')).toBeGreaterThan(0);
  for (const { socket } of open) socket.destroy();
  await unharmed();
});

test('connections from one address that ask nothing keep nobody at another address out', async () => {
  const { gateway, unharmed, counted } = await startHostileRun({
    honest: { from: NEWCOMER },
    openFilesMax: 900,
    settings: {
      limits: { connections: 100, hellos: 50, hellos_per_address: 50, ...HTTP },
    },
  });
  const end = performance.now() + ATTACK_MS;
  const open: RawSocket[] = [];
  const attack = async () => {
    while (performance.now() < end) {
      open.push(...(await openMany(500, gateway.http, { from: ATTACKER })));
      await sleep(500);
      for (const socket of open.splice(0).filter(({ isOver }) => !isOver)) open.push(socket);
    }
  };
  const attacking = attack();
  await sleep(1_000);
  let slowestMs = 0;
  while (performance.now() < end) {
    const beganAt = performance.now();
    const newcomer = await RawSocket.open(gateway.http, { from: NEWCOMER });
    newcomer.write(get('/livez', { Connection: 'close' }));
    await newcomer.until((received) => received.endsWith('{"ok":true}'));
    newcomer.end();
    slowestMs = Math.max(slowestMs, performance.now() - beganAt);
    await sleep(100);
  }
  await attacking;
  // What a gate's tap may take.
  expect(slowestMs).toBeLessThan(DEADLINE_MS);
  expect(await counted('connection.too_many')).toBeGreaterThan(0);
  for (const socket of open) socket.end();
  await unharmed();
});
