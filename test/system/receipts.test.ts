/** Receipts of a real process: what was proved before it was killed stays proved, and the commands of docs/receipts.md work. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  PAYOUT,
  RECEIPT_DEVICES,
  type ReceiptDevice,
  receiptDevice,
  receiptScenes,
} from '../composed/receipts.rig.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import type { PlainClient } from '../protocol/plain-client.rig.ts';
import { type GatewayUnderTest, MAIN, startGateway } from './gateway-under-test.rig.ts';

const PAGE = readFileSync(new URL('../../docs/receipts.md', import.meta.url), 'utf8');
const root = join(import.meta.dirname, '../..');
vi.setConfig({ testTimeout: 300_000 });

let gateway: GatewayUnderTest;
const clients: PlainClient[] = [];

beforeAll(async () => {
  gateway = await startGateway({
    devices: RECEIPT_DEVICES,
    settings: { limits: { receipts_per_s: 1_000 } },
  });
  // Settings name files from their own folder, which is made at the start.
  await gateway.kill('SIGTERM');
  writeFileSync(join(gateway.folder, 'city.json'), JSON.stringify(receiptScenes()));
  const settings = JSON.parse(readFileSync(gateway.configFile, 'utf8'));
  writeFileSync(gateway.configFile, JSON.stringify({ ...settings, city: 'city.json' }));
  await gateway.restart();
}, 300_000);
afterAll(async () => {
  for (const client of clients) await client.bye().catch(() => {});
  await gateway.stop();
});

const device = () => receiptDevice(gateway, 'desk-1', clients);

async function requests(desk: ReceiptDevice, count: number) {
  const all = [];
  for (let i = 0; i < count; i += 1) {
    const decision_id = await desk.decided(PAYOUT);
    all.push({ decision_id, purpose: 'disbursement', reference: `kill/${decision_id}` });
  }
  return all;
}

test('a reference that was proved before the process was killed is still taken, with the same bytes', async () => {
  const desk = await device();
  const asked = await requests(desk, 12);
  const early = await Promise.all(asked.slice(0, 4).map((each) => desk.post(each)));
  expect(early.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  // Killed as soon as the first of the others is answered: some are on disk, some are not.
  const late = asked.slice(4).map((each) => desk.post(each).catch(() => null));
  await Promise.race(late);
  await gateway.kill('SIGKILL');
  const answered = [...early, ...(await Promise.all(late))];
  await gateway.restart();
  const anew = await device();
  const other = (await requests(anew, 1))[0]?.decision_id;
  for (const [i, request] of asked.entries()) {
    const again = await anew.post(request);
    const before = answered[i];
    if (before?.status === 201) expect(again).toEqual({ status: 200, body: before.body });
    else expect([200, 201]).toContain(again.status);
    const second = await anew.post({ ...request, decision_id: other });
    expect(second).toMatchObject({ status: 409, body: { code: 'receipt.reference_taken' } });
  }
});

test('the commands of the page verify a receipt, and not one that was changed', async () => {
  const blocks = [...PAGE.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
  expect(blocks).toHaveLength(3);
  const [onecard = '', jose = '', openssl = ''] = blocks;
  const folder = join(gateway.folder, 'fund');
  mkdirSync(join(folder, 'bin'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  // `npx onecard` of this project, and its Node.
  const script = (name: string, line: string) => {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${line}\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  };
  script('npx', `shift\nexec "${process.execPath}" "${MAIN}" "$@"`);
  script('node', `exec "${process.execPath}" "$@"`);
  const keys = await (await fetch(`${gateway.http}/.well-known/onecard-receipts.json`)).text();
  writeFileSync(join(folder, 'keys.json'), keys);
  const desk = await device();
  const given = async (alg: string) => {
    const [request = {}] = await requests(desk, 1);
    const { body } = await desk.post({ ...request, alg, amount: 12_000, currency: 'CNY' });
    return String(body['receipt']);
  };
  const run = (block: string, receipt: string) => {
    writeFileSync(join(folder, 'receipt.jws'), `${receipt}\n`);
    const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}` };
    return new Promise<string>((resolve) => {
      execFile('bash', ['-euc', block], { cwd: folder, env }, (error, stdout, stderr) =>
        resolve(error === null ? `holds ${stdout}` : `does not hold ${stdout}${stderr}`),
      );
    });
  };
  const changed = (jws: string) => {
    const [header = '', payload = '', signature = ''] = jws.split('.');
    const claims = Buffer.from(payload, 'base64url').toString().replace('12000', '92000');
    return [header, Buffer.from(claims).toString('base64url'), signature].join('.');
  };
  const sm2Algorithm = TEST_PROFILE === 'sm' ? 'SGD_SM3_SM2' : 'SM2SM3';
  const sm2 = await given(sm2Algorithm);
  const walked: [string, string, RegExp][] = [
    [onecard, sm2, /ok {6}checkpoint/],
    [onecard, sm2, new RegExp(`ok {6}signature +${sm2Algorithm}`)],
    [openssl, sm2, /Signature Verified Successfully/],
  ];
  if (TEST_PROFILE === 'international') {
    const es256 = await given('ES256');
    walked.push([onecard, es256, /ok {6}checkpoint/], [jose, es256, /minor_units: 12000/]);
  }
  for (const [block, jws, says] of walked) {
    const [held, not] = [await run(block, jws), await run(block, changed(jws))];
    expect(held).toMatch(/^holds/);
    expect(held).toMatch(says);
    expect(not).toMatch(/^does not hold/);
  }
});
