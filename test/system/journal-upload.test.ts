/** `onecard journal upload`: what a gateway that will not come back had not sent, sent from its folder. */
import { execFile } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { GATEWAY_ID, type GatewayUnderTest, MAIN, startGateway } from './gateway-under-test.rig.ts';
import { goodCards, rideCodeOf } from './presentations.rig.ts';

function upload(gateway: GatewayUnderTest, ...more: string[]) {
  const args = [MAIN, 'journal', 'upload', '--config', gateway.configFile, ...more];
  return new Promise<{ status: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      resolve({ status: error ? error.code : 0, stdout, stderr });
    });
  });
}

async function taps(gateway: GatewayUnderTest, count: number): Promise<void> {
  const [card = 0] = goodCards(gateway.city, 'sm2');
  const client = await PlainClient.connect(gateway.target());
  const shown = rideCodeOf(gateway.city, card, { validity_s: 600 }).binary;
  const all = Array.from({ length: count }, (_, i) => client.tap(i + 1, { scene: '29/entry', ...shown }));
  for (const { message } of await Promise.all(all)) expect(message['code']).toMatch(/^(allow|deny)\./);
  await client.bye();
}

/** Some ten processes, one after another, on a machine that others may keep busy. */
const TEST_MS = 240_000;
const SLOW_UPLOADS = { platform: { upload_batch: 25 }, journal: { flush_ms: 0 } };

test(
  'what a killed gateway had not sent is sent once from its folder, and never beside a running gateway',
  async () => {
    const gateway = await startGateway({ settings: SLOW_UPLOADS });
    onTestFinished(() => gateway.stop());
    gateway.platform.setFault({ fault: 'down' });
    await taps(gateway, 150);
    const beside = await upload(gateway);
    expect([beside.status, beside.stdout]).toEqual([2, '']);
    expect(beside.stderr).toMatch(/in use by/);
    await gateway.kill('SIGKILL');

    const away = await upload(gateway);
    expect(away.stdout).toMatch(/^0 records accepted/);
    expect(away.stdout).toMatch(/150 records are left: .+begin again later/);
    expect(away.status).toBe(1);

    gateway.platform.setFault(null);
    const sent = await upload(gateway);
    expect(sent.stdout).toBe(
      '150 records accepted, 0 the platform had, 0 it had others in place of\nthe platform has every record\n',
    );
    expect(sent.status).toBe(0);
    expect((await upload(gateway)).stdout).toMatch(/^0 records accepted, 0 the platform had/);
    // The gateway comes back all the same.
    await gateway.restart();
    await gateway.kill('SIGTERM');
    expect(gateway.platform.journalSummary()).toMatchObject({
      records: 150,
      duplicates: 0,
      conflicts: 0,
      gateways: { [GATEWAY_ID]: 150 },
    });
  },
  TEST_MS,
);

test(
  'from a folder that was put back from a copy it sends under a new epoch, and says so',
  async () => {
    const gateway = await startGateway();
    onTestFinished(() => gateway.stop());
    const copy = join(gateway.folder, 'copy');
    await taps(gateway, 10);
    await gateway.kill('SIGTERM');
    cpSync(gateway.dataFolder, copy, { recursive: true });
    await gateway.restart();
    await taps(gateway, 6);
    await gateway.kill('SIGTERM');
    rmSync(gateway.dataFolder, { recursive: true });
    cpSync(copy, gateway.dataFolder, { recursive: true });
    gateway.platform.setFault({ fault: 'down' });
    await gateway.restart();
    await taps(gateway, 9);
    await gateway.kill('SIGKILL');
    gateway.platform.setFault(null);
    const { status, stdout } = await upload(gateway);
    expect(stdout).toMatch(
      /^9 records accepted, 0 the platform had, 6 it had others in place of: .*new epoch$/m,
    );
    expect(status).toBe(0);
    expect(gateway.platform.journalSummary()).toMatchObject({ records: 25 });
  },
  TEST_MS,
);
