/** The script for k6 that `onecard bench fleet --export` leaves, run as it is against a real gateway. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportTaps } from '../../bench/fleet/export.ts';
import { openFleet } from '../../bench/fleet/fleet.ts';
import { type GatewayUnderTest, startGateway } from '../system/gateway-under-test.rig.ts';

const TOOLS =
  process.env['ONECARD_CLIENT_TOOLS'] ??
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'onecard-client-tools');
const K6 = join(TOOLS, 'bin', 'k6');
const hasK6 = existsSync(K6);
if (!hasK6) console.warn('the script for k6 is not run: run .ci/client-tools');
const LONGEST_MS = 180_000;
const OF = { seed: 'k6', cards: 40, chips: 'sm2' } as const;
/** k6 ends so when a threshold was crossed. */
const THRESHOLDS_CROSSED = 99;

const folder = mkdtempSync(join(tmpdir(), 'onecard-k6-'));
let gateway: GatewayUnderTest;

describe.skipIf(!hasK6)('k6', () => {
  beforeAll(async () => {
    const { cards, ...city } = OF;
    gateway = await startGateway({ cards, city: { ...city, rsaCardKeys: 8 } });
    const fleet = await openFleet(OF, () => {}, join(folder, 'fleets'));
    const taps = { seed: OF.seed, taps: 60, rides: 0.5, onProgress: () => {} };
    await exportTaps(join(folder, 'taps'), { fleet, ...taps });
    writeFileSync(join(folder, 'taps', 'gate-1.jwk'), JSON.stringify(gateway.target('gate-1').privateKey));
  }, LONGEST_MS);
  afterAll(async () => {
    await gateway.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(): Promise<{ readonly status: number | null; readonly out: string }> {
    const given = {
      URL: gateway.http,
      GATEWAY_ID: gateway.gatewayId,
      DEVICE: 'gate-1',
      RATE: '20',
      P99_MS: '20000',
    };
    const args = Object.entries(given).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const options = { cwd: join(folder, 'taps'), env: { ...process.env, K6_NO_USAGE_REPORT: 'true' } };
    const child = spawn(K6, ['run', '--no-color', '--quiet', ...args, 'k6.js'], options);
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { status: await ended, out: out + err };
  }

  test('the exported script passes, and fails when the same taps are shown again', {
    timeout: LONGEST_MS,
  }, async () => {
    const first = await run();
    expect(first.status, first.out).toBe(0);
    expect(first.out).toMatch(/taps_judged\.*: (5\d|60) /);
    const again = await run();
    expect(again.status, again.out).toBe(THRESHOLDS_CROSSED);
    expect(again.out).toMatch(/taps_wrong\.*: [1-9]/);
  });
});
