/** What the attacks are judged by can fail: each measure is shown something that it must find. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { HonestLedger } from './honest-gate.rig.ts';
import { startHostileRun } from './hostile-run.rig.ts';
import { residentBytes } from './memory-watch.rig.ts';

const STOOD_MS = 5_000;

test('an honest gate at rest is not harmed, and one at a gateway that stood still is', async () => {
  const { gateway, honestLedger } = await startHostileRun();
  process.kill(gateway.pid, 'SIGSTOP');
  await sleep(STOOD_MS);
  process.kill(gateway.pid, 'SIGCONT');
  const { taps, harm } = await honestLedger();
  const before = taps.slice(0, 50);
  expect(new HonestLedger(before, STOOD_MS / 2).harm).toEqual([]);
  expect(harm).not.toEqual([]);
});

test('memory that a process holds is seen', () => {
  const before = residentBytes(process.pid);
  const held = Buffer.alloc(100 * 1_048_576, 1);
  expect(residentBytes(process.pid) - before).toBeGreaterThan(held.length * 0.9);
});
