/** Several gateways on one machine, each a process of its own, on one port. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { MAIN } from '../system/gateway-process.rig.ts';
import { startProcesses } from './processes.rig.ts';
import { clusterMissing, startRedis } from './servers.rig.ts';

const missing = clusterMissing();

test.skipIf(missing)('a port is shared only by gateways that all say so', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const cluster = await startProcesses({
    gateways: 2,
    sharePort: true,
    cluster: { store: { urls: [redis.url] } },
  });
  onTestFinished(() => cluster.stop());
  const [a, b] = [cluster.member(0), cluster.member(1)];
  expect(a.target().url).toBe(b.target().url);
  expect(a.admin).not.toBe(b.admin);

  // One that does not share is told why it cannot have the port.
  await b.process.kill('SIGTERM');
  const settings = JSON.parse(readFileSync(b.configFile, 'utf8'));
  const { port } = settings.listen;
  writeFileSync(b.configFile, JSON.stringify({ ...settings, listen: { port } }));
  const refused = spawnSync(process.execPath, [MAIN, 'serve', '--config', b.configFile], {
    encoding: 'utf8',
  });
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain(
    `cannot listen on 127.0.0.1:${port}: the port is taken, or the address is not one of this machine (gateways share a port only where each of them has listen.share_port)`,
  );
  // The other one takes everybody meanwhile.
  for (let n = 0; n < 10; n += 1) {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
  }
});
