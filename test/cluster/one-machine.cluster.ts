/** Several gateways on one machine, each a process of its own, on one port. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { MAIN } from '../system/gateway-process.rig.ts';
import { startProcesses } from './processes.rig.ts';
import { decidedOnce, keptByProcesses, roamingGate } from './roaming.rig.ts';
import { clusterMissing, startRedis } from './servers.rig.ts';
import { freshCodes } from './showing.rig.ts';

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

/** Long, since the machine is busy and none of it is about time. */
const STORE_MS = 5_000;
const CODES = 150;
const GATES_OF_EACH = 2;

test.skipIf(missing)('two on two cores behind one port are correct together', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const cluster = await startProcesses({
    gateways: 2,
    sharePort: true,
    cluster: { store: { urls: [redis.url], deadline_ms: STORE_MS } },
    devices: Array.from({ length: 32 }, (_, n) => ({
      ...{ deviceId: `gate-${n}`, class: 'gate' as const, scenes: ['29/entry'] },
    })),
  });
  onTestFinished(() => cluster.stop());
  // The system deals connections out by their ports: as many as it takes until both have some.
  const gates: Awaited<ReturnType<typeof roamingGate>>[] = [];
  const at = (gatewayId: string) => gates.filter(({ client }) => client.gateway === gatewayId);
  while (cluster.members.some(({ gatewayId }) => at(gatewayId).length < GATES_OF_EACH)) {
    gates.push(await roamingGate(cluster, `gate-${gates.length}`));
  }
  const shownAt = cluster.members.flatMap(({ gatewayId }) => at(gatewayId).slice(0, GATES_OF_EACH));

  const codes = freshCodes(cluster.city, CODES);
  const accepted: number[] = [];
  for (const code of codes) {
    const answers = await Promise.all(shownAt.map((gate) => gate.show(code)));
    accepted.push(answers.filter((answer) => answer === 'allow.good').length);
    expect(answers.filter((answer) => answer === 'deny.replayed')).toHaveLength(shownAt.length - 1);
  }
  expect(accepted).toEqual(codes.map(() => 1));
  await Promise.all(gates.map(({ client }) => client.close()));
  const taps = gates.flatMap((gate) => gate.taps);
  expect(taps).toHaveLength(CODES * shownAt.length);
  const kept = await keptByProcesses(cluster);
  decidedOnce(taps, kept);
  for (const { gatewayId } of cluster.members) {
    expect(kept.filter((each) => each.gatewayId === gatewayId)).toHaveLength(CODES * GATES_OF_EACH);
  }
  const allowed = kept.filter(({ record }) => record.answer.outcome === 'allow');
  expect(new Set(allowed.map(({ record }) => record.replay.scope))).toEqual(new Set(['shared']));
});
