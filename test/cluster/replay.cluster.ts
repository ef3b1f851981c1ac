/** A presentation passes once in the city: three whole gateways and a real store. */
import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { type ClusterOptions, startCluster, type TestCluster } from './gateways.rig.ts';
import { clusterMissing, type RedisServer, startRedis } from './servers.rig.ts';
import {
  acceptedOf,
  byShowing,
  freshCodes,
  type Gate,
  gateAt,
  keptBy,
  showEverywhere,
} from './showing.rig.ts';

const missing = clusterMissing();
const CODES = process.env['ONECARD_FULL'] === '1' ? 10_000 : 300;
const AT_ONCE = 8;

async function startRedisHere(...options: Parameters<typeof startRedis>): Promise<RedisServer> {
  const redis = await startRedis(...options);
  onTestFinished(() => redis.stop());
  return redis;
}

async function startHere(options: ClusterOptions): Promise<TestCluster> {
  const cluster = await startCluster(options);
  onTestFinished(() => cluster.stop());
  return cluster;
}

const gatesOf = (cluster: TestCluster): Promise<Gate[]> =>
  Promise.all(cluster.members.map((_, at) => gateAt(cluster, at)));

test.skipIf(missing)(
  'the same code at all three at once is accepted exactly once',
  { timeout: 600_000 },
  async () => {
    const redis = await startRedisHere();
    const cluster = await startHere({ cluster: { store: { urls: [redis.url], deadline_ms: 100 } } });
    const codes = freshCodes(cluster.city, CODES);
    const answers = await showEverywhere(await gatesOf(cluster), codes, AT_ONCE);
    for (const each of answers)
      expect(each.toSorted()).toEqual(['allow.good', 'deny.replayed', 'deny.replayed']);
    const showings = byShowing(await keptBy(cluster));
    expect(showings).toHaveLength(CODES);
    for (const showing of showings) {
      expect(showing).toHaveLength(3);
      expect(acceptedOf(showing)).toHaveLength(1);
      expect(showing.map(({ record }) => record.replay.scope)).toEqual(['shared', 'shared', 'shared']);
    }
  },
);

test.skipIf(missing)(
  'a tap that is sent again at another gateway gets its decision there, as the first',
  async () => {
    const redis = await startRedisHere();
    const cluster = await startHere({ cluster: { store: { urls: [redis.url], deadline_ms: 100 } } });
    const [code] = freshCodes(cluster.city, 1);
    if (code === undefined) throw new Error('there is a code');
    const stream = randomBytes(16);
    const [here, there] = await Promise.all([gateAt(cluster, 0, stream), gateAt(cluster, 1, stream)]);
    expect(await here.showAs(7, code)).toMatchObject({ code: 'allow.good' });
    expect(await there.showAs(7, code)).toMatchObject({ code: 'allow.good' });
    expect(await there.showAs(8, code)).toMatchObject({ code: 'deny.replayed' });
    const third = await gateAt(cluster, 2);
    expect(await third.show(code)).toBe('deny.replayed');
    const [showing = []] = byShowing(await keptBy(cluster));
    expect(acceptedOf(showing)).toHaveLength(1);
  },
);
