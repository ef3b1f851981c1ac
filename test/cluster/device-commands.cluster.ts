/** `onecard device` beside gateways of a cluster: that run or not, with the bus and without it. */
import { execFile } from 'node:child_process';
import type { JsonWebKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { MAIN } from '../system/gateway-under-test.rig.ts';
import { type ClusterOfProcesses, startProcesses } from './processes.rig.ts';
import { clusterMissing, startNats } from './servers.rig.ts';

interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function device(...args: readonly string[]): Promise<Ran> {
  const run = promisify(execFile)(process.execPath, [MAIN, 'device', ...args]);
  return run.then(
    ({ stdout, stderr }) => ({ status: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({ ...error, status: error.code }),
  );
}

const KNOWN_MS = 30_000;
const GATE = ['--class', 'gate', '--scene', '29/entry', '--generate', '--private-key-out'];

function connect(cluster: ClusterOfProcesses, at: number, deviceId: string, keyFile: string) {
  const privateKey = JSON.parse(readFileSync(keyFile, 'utf8')) as JsonWebKey;
  return PlainClient.connect({ ...cluster.member(at).target(), deviceId, privateKey });
}

test.skipIf(clusterMissing())(
  'what is done at one is known at all, or it is said that it is not yet',
  async () => {
    const nats = await startNats();
    onTestFinished(() => nats.stop());
    const cluster = await startProcesses({ gateways: 2, cluster: { bus: { servers: [nats.url] } } });
    onTestFinished(() => cluster.stop());
    const [one, two] = [cluster.member(0), cluster.member(1)];
    const key = join(cluster.folder, 'gate-9.jwk');
    const at = (member: { readonly configFile: string }, id: string) => [
      '--config',
      member.configFile,
      '--id',
      id,
    ];

    const enrolled = await device('enroll', ...at(one, 'gate-9'), ...GATE, key);
    expect(enrolled).toMatchObject({ status: 0, stderr: '' });
    expect(enrolled.stdout).toMatch(/^enrolled gate-9: .*; known to the cluster$/m);
    const gate = await expect
      .poll(
        () =>
          connect(cluster, 1, 'gate-9', key).then(
            (client) => client,
            () => null,
          ),
        { timeout: KNOWN_MS },
      )
      .not.toBeNull()
      .then(() => connect(cluster, 1, 'gate-9', key));
    const again = await device('enroll', ...at(two, 'gate-9'), ...GATE, join(cluster.folder, 'other.jwk'));
    expect(again).toMatchObject({ status: 2 });
    expect(again.stderr).toContain('there is already a device gate-9 (enrolled)');

    // The gateway of this folder does not run; the others know all the same.
    await one.process.kill('SIGTERM');
    const revoked = await device('revoke', ...at(one, 'gate-9'));
    expect(revoked).toMatchObject({ status: 0, stderr: '' });
    expect((await gate.closed).reason).toBe('auth.device_revoked');

    await nats.kill();
    const alone = await device('revoke', ...at(two, 'gate-1'));
    expect(alone.status).toBe(1);
    expect(alone.stdout).toMatch(/^revoked gate-1: .*; known here alone$/m);
    expect(alone.stderr).toContain(
      'gate-1 is revoked here, and that is not yet known to all gateways of the cluster: ',
    );
    const list = await device('list', '--config', two.configFile);
    expect(list.stdout).toMatch(/^gate-1: .*; known here alone$/m);
    expect(list.stdout).toMatch(/^gate-9: .*, revoked .*; known to the cluster$/m);

    // The gateway tells what the command could not.
    await nats.restart();
    await expect
      .poll(async () => (await device('list', '--config', two.configFile)).stdout, { timeout: KNOWN_MS })
      .toMatch(/^gate-1: .*, revoked .*; known to the cluster$/m);
    await one.process.start();
    await expect
      .poll(async () => (await device('list', '--json', '--config', one.configFile)).stdout, {
        timeout: KNOWN_MS,
      })
      .toMatch(/"deviceId":"gate-1".*"revokedAtMs":\d+.*"known_at":"all"/);
  },
);
