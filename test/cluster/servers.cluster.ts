/** That the servers and hosts of these tests do what the tests rely on. */
import { connect as connectNats } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { loadAddon } from '../../native/index.ts';
import { startCluster } from './gateways.rig.ts';
import { hostsMissing, makeNetwork } from './hosts.rig.ts';
import { clusterMissing, startNats, startRedis } from './servers.rig.ts';

const missing = clusterMissing();

test.skipIf(missing)(
  'three gateways start with settings of a cluster, and take no harm from its servers',
  async () => {
    const [nats, redis] = await Promise.all([startNats(), startRedis()]);
    onTestFinished(async () => {
      await Promise.all([nats.stop(), redis.stop()]);
    });
    const cluster = await startCluster({
      cluster: { store: { urls: [redis.url] }, bus: { servers: [nats.url] } },
    });
    onTestFinished(() => cluster.stop());
    expect(new Set(cluster.members.map(({ address }) => address.gate)).size).toBe(3);
    // Each by its thread and, where the engine is built, by the short way.
    const ways = loadAddon().addon?.startStoreLane === undefined ? 1 : 2;
    const clients = async () =>
      (await redis.ask('CLIENT', 'LIST')).split('\n').filter((line) => !line.includes(' cmd=client|list '));
    await expect.poll(async () => (await clients()).length).toBe(3 * ways);
  },
);

test.skipIf(missing)('a replica has what its master has, and takes writes once it is promoted', async () => {
  const master = await startRedis();
  const replica = await startRedis({ replicaOf: master });
  onTestFinished(async () => {
    await Promise.all([master.stop(), replica.stop()]);
  });
  expect(await master.ask('SET', 'name', 'first', 'NX', 'GET')).toBe('');
  expect(await master.ask('WAIT', '1', '5000')).toBe('1');
  expect(await replica.ask('SET', 'name', 'second')).toContain('READONLY');
  await replica.promote();
  expect(await replica.ask('SET', 'name', 'second', 'NX', 'GET')).toBe('first');
});

test.skipIf(missing ?? hostsMissing())(
  'a host that is cut off is reached by nobody until it is healed',
  async () => {
    const network = makeNetwork();
    onTestFinished(() => network.remove());
    const host = network.host('hub');
    const nats = await startNats({ host });
    onTestFinished(() => nats.stop());
    const connection = await connectNats({
      servers: nats.url,
      pingInterval: 200,
      maxPingOut: 2,
      reconnectTimeWait: 100,
    });
    onTestFinished(() => connection.close());
    const statuses: string[] = [];
    void (async () => {
      for await (const { type } of connection.status()) statuses.push(type);
    })();
    host.cut();
    await expect.poll(() => statuses, { timeout: 20_000 }).toContain('disconnect');
    host.heal();
    await expect.poll(() => statuses, { timeout: 20_000 }).toContain('reconnect');
  },
);
