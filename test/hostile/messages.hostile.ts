/** A device that was let in and sends what is no tap: as small as can be, and as many as the connection takes. */

import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import { makeToken } from '../protocol/plain-client.rig.ts';
import { startHostileRun } from './hostile-run.rig.ts';
import { binaryMessage, upgrade } from './websocket.rig.ts';

const CONNECTIONS = 4;
const ATTACK_MS = 6_000;
const PIECE_MESSAGES = 10_000;

test.each([
  ['no MessagePack', Uint8Array.of(0xc1)],
  ['an unknown kind', encode({ t: 'x' })],
  ['pings', encode({ t: 'ping', at_ms: 1 })],
])('messages without end that are %s hold up no tap', async (_, message) => {
  const { gateway, unharmed } = await startHostileRun();
  const piece = Buffer.concat(Array.from({ length: PIECE_MESSAGES }, () => binaryMessage(message)));
  const end = performance.now() + ATTACK_MS;
  let connections = 0;
  const attack = async (n: number) => {
    while (performance.now() < end) {
      const upgraded = await upgrade(gateway.http);
      if (upgraded === null) {
        await sleep(50);
        continue;
      }
      connections += 1;
      const { socket, isOver } = upgraded;
      socket.resume();
      const stream = new Uint8Array(16).fill(n + 1);
      const token = makeToken(gateway.target('desk-1'));
      socket.write(binaryMessage(encode({ t: 'hello', v: 1, token, stream })));
      while (performance.now() < end && !isOver()) {
        if (socket.writableLength < piece.length) socket.write(piece);
        await sleep(1);
      }
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (__, n) => attack(n)));
  expect(connections).toBeGreaterThanOrEqual(CONNECTIONS);
  await unharmed();
});
