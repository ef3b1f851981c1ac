/**
 * A gateway whose receipts a cipher machine signs: the private half is in no file, receipts verify, and while the machine is
 * silent taps go on and receipts are refused.
 */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rotateKeys, withdrawKey } from '../../gateway/receipts/receipt-keys.ts';
import { sm2Verifies } from '../../platform/sm2.ts';
import { HolderDouble } from '../unit/crypto/holders/holder-double.rig.ts';
import { PAYOUT, type ReceiptGateway, startReceipts } from './receipts.rig.ts';

const LABEL = '4';
let double: HolderDouble;
let gateway: ReceiptGateway;

beforeEach(async () => {
  double = new HolderDouble();
  await double.start();
  gateway = await startReceipts({
    platform: { profiles: ['sm'] },
    settings: {
      crypto: {
        profile: 'sm',
        // Devices of these tests sign as the profile of the run has it.
        changing_over: true,
        keys: {
          receipt: { holder: 'sdf', label: LABEL },
          ...{ deadline_ms: 200, breaker_failures: 3, breaker_open_ms: 50 },
        },
        sdf: { socket_file: double.socket },
      },
    },
  });
});
afterEach(async () => {
  double.manner = 'well';
  await gateway.stop();
  await double.stop();
});

const file = () => `${gateway.composed.dataFolder}/receipts/keys.json`;

async function asked() {
  const device = await gateway.device('desk-1');
  const decision_id = await device.decided(PAYOUT);
  return device.post({ decision_id, purpose: 'disbursement', reference: `held/${decision_id}` });
}

test('its key signs them, and is in no file', async () => {
  const { status, body } = await asked();
  expect(status).toBe(201);
  const [header = '', payload = '', signature = ''] = String(body['receipt']).split('.');
  const { publicKey } = double.key(LABEL, 'SM2');
  const input = Buffer.from(`${header}.${payload}`);
  expect(sm2Verifies(publicKey.bytes, input, Buffer.from(signature, 'base64url'))).toBe(true);
  const [published] = (await gateway.keys()).keys;
  expect(published).toMatchObject({
    alg: 'SGD_SM3_SM2',
    x: publicKey.bytes.subarray(0, 32).toString('base64url'),
  });
  const { keys } = JSON.parse(readFileSync(file(), 'utf8')) as { keys: object[] };
  expect(keys).toEqual([expect.objectContaining({ d: null, held: `sdf ${LABEL}`, retired_at_ms: null })]);
});

test('a machine that is silent holds no tap: receipts are refused, and given when it is back', async () => {
  double.manner = 'silent';
  expect(await asked()).toMatchObject({ status: 503, body: { code: 'receipt.unavailable' } });
  double.manner = 'well';
  await expect.poll(async () => (await asked()).status, { timeout: 20_000, interval: 100 }).toBe(201);
});

test('a gateway that starts without it gives receipts once it is there', async () => {
  await gateway.composed.stopGateway();
  await double.kill();
  await gateway.composed.start();
  expect((await asked()).status).toBe(503);
  await double.start();
  await expect.poll(async () => (await asked()).status, { timeout: 20_000, interval: 100 }).toBe(201);
});

test('another key there signs from the next start on, and the one before stays to verify', async () => {
  await gateway.composed.stopGateway();
  const before = JSON.parse(readFileSync(file(), 'utf8')) as { keys: { x: string }[] };
  double.forgetKeys();
  await gateway.composed.start();
  expect((await asked()).status).toBe(201);
  const { keys } = await gateway.keys();
  expect(keys.map(({ x }) => x)).toEqual([
    expect.not.stringMatching(before.keys[0]?.x ?? ''),
    before.keys[0]?.x,
  ]);
});

test('commands neither rotate nor withdraw it, and say what to do', async () => {
  const [key] = (await gateway.keys()).keys;
  expect(() => rotateKeys(file(), ['SGD_SM3_SM2'], 1)).toThrow(
    /is held elsewhere \(sdf 4\): have another made/,
  );
  expect(() => withdrawKey(file(), key?.['kid'] ?? '', 1)).toThrow(/is held elsewhere \(sdf 4\)/);
});
