/** One device has a receipt signed of every tap it makes, as fast as it can, beside an honest gate. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { receiptDevice } from '../composed/receipts.rig.ts';
import type { PlainClient } from '../protocol/plain-client.rig.ts';
import { DEVICES } from '../system/gateway-under-test.rig.ts';
import { startHostileRun } from './hostile-run.rig.ts';

const HOSTILE = { deviceId: 'hostile', class: 'gate', scenes: ['29/exit'] } as const;
const isFull = process.env['ONECARD_FULL'] === '1';
/** As the setting; in a full run as many as the default. */
const DAY = isFull ? 10_000 : 500;
const ASKED = DAY + 40;
const AT_ONCE = 8;
/** Of the store: each receipt, its two names and the index, three times over. */
const RECEIPT_BYTES_MAX = 16_384;

test('receipts of every tap in a row: no more are given that day, others are not kept waiting, and memory is bounded', async () => {
  const limits = { receipts_per_s: 1_000_000, receipts_per_device_day: DAY };
  const run = await startHostileRun({
    devices: [...DEVICES, HOSTILE],
    settings: { limits },
    ...(isFull && { honest: { taps: 30_000 } }),
  });
  const { gateway, unharmed, counted } = run;
  const clients: PlainClient[] = [];
  onTestFinished(async () => void (await clients[0]?.bye()));
  const hostile = await receiptDevice(gateway, 'hostile', clients);
  const statuses: Record<number, number> = {};
  let asked = 0;
  const next = async () => {
    for (; asked < ASKED; ) {
      asked += 1;
      const reference = `h/${asked}`;
      const decision_id = await hostile.decided('29/exit');
      const { status } = await hostile.post({ decision_id, purpose: 'payment', reference });
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  expect(statuses).toEqual({ 201: DAY, 429: ASKED - DAY });
  expect(await counted('receipt.too_many')).toBe(ASKED - DAY);
  const store = join(gateway.dataFolder, 'receipts/store');
  const bytes = readdirSync(store).reduce((sum, name) => sum + statSync(join(store, name)).size, 0);
  expect(bytes / DAY, 'bytes per receipt').toBeLessThan(RECEIPT_BYTES_MAX);
  await unharmed();
}, 600_000);
