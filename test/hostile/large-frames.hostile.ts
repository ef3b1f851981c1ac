/** Frames as large as any class may send, from those who are not let in, and never sent to their end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startHostileRun } from './hostile-run.rig.ts';
import { upgrade } from './websocket.rig.ts';

const MIB = 1_048_576;
const ATTACK_MS = 8_000;
/** As many as one address may have, and some that it may not. */
const STRANGERS = 300;
/** RFC 6455 clause 5.2: a masked binary frame with a length of 64 bits, its mask 0. */
const headOf = (length: number) =>
  Buffer.from([
    0x82,
    0x80 | 127,
    0,
    0,
    0,
    0,
    0,
    length >> 16,
    (length >> 8) & 0xff,
    length & 0xff,
    0,
    0,
    0,
    0,
  ]);
const DESK_BYTES = 98_304;
/** 256 of an address, each with a frame that lacks its last byte, as often as it is let go and comes again. */
const PEAK_BYTES_MAX = 100 * MIB;

test('strangers who send all but the end of a frame as large as a desk may send hold little, and for a moment', async () => {
  const { gateway, memory, unharmed, counted } = await startHostileRun();
  const end = performance.now() + ATTACK_MS;
  const frame = Buffer.concat([headOf(DESK_BYTES), Buffer.alloc(DESK_BYTES - 1)]);
  const attack = async () => {
    while (performance.now() < end) {
      const upgraded = await upgrade(gateway.http);
      if (upgraded === null) {
        await sleep(50);
        continue;
      }
      const { socket, isOver } = upgraded;
      socket.resume();
      socket.write(frame);
      while (performance.now() < end && !isOver()) await sleep(20);
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: STRANGERS }, attack));
  expect(await counted('connection.hello_timeout')).toBeGreaterThan(200);
  expect(memory.mostAbove, 'bytes above what was resident before').toBeLessThan(PEAK_BYTES_MAX);
  await unharmed();
});
