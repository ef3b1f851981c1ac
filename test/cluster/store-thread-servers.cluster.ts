/** The thread of the store on servers as a city has them: behind TLS, and several as a Redis Cluster. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeCertificate } from '../system/certificates.rig.ts';
import { clusterMissing, startRedis, startRedisCluster } from './servers.rig.ts';
import { wanted } from './store.rig.ts';
import { openStoreThread, type TestStoreThread } from './store-thread.rig.ts';

const missing = clusterMissing();
const newName = () => new Uint8Array(randomBytes(16));

async function opened(...options: Parameters<typeof openStoreThread>): Promise<TestStoreThread> {
  const store = await openStoreThread(...options);
  onTestFinished(() => store.thread.stop());
  return store;
}

test.skipIf(missing)('over TLS it takes, is told what others took, and gives back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-store-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ['store', 'other']) makeCertificate(folder, name);
  const [certFile, keyFile] = [join(folder, 'store.cert.pem'), join(folder, 'store.key.pem')];
  const redis = await startRedis({ tls: { certFile, keyFile } });
  onTestFinished(() => redis.stop());
  expect(redis.url).toMatch(/^rediss:/);

  const [here, there] = await Promise.all([
    opened([redis.url], { settings: { ca_file: certFile } }),
    opened([redis.url], { settings: { ca_file: certFile } }),
  ]);
  const all = Array.from({ length: 500 }, () => wanted([newName()]));
  const others = all.map((each) => ({ ...each, tap: wanted([]).tap }));
  const showings = async (store: TestStoreThread, of: typeof all) =>
    new Set((await store.take(of)).map(({ showing }) => showing));
  expect(await showings(here, all)).toEqual(new Set(['first']));
  expect(await showings(there, all)).toEqual(new Set(['same']));
  expect(await showings(there, others)).toEqual(new Set(['seen']));
  for (const each of all) here.thread.giveBack(each, { showing: true, card: false });
  // Giving back is not awaited. Who asks takes it too, so that each is asked until it is first, and no more.
  let left = others;
  await expect
    .poll(async () => {
      const answers = await there.take(left);
      left = left.filter((_, index) => answers[index]?.showing !== 'first');
      return left.length;
    })
    .toBe(0);
  expect(here.counts).toMatchObject({ late: 0, failed: 0, refused: 0 });

  // A server that shows another certificate is none.
  const settings = { ca_file: join(folder, 'other.cert.pem') };
  const deceived = await opened([redis.url], { settings });
  expect(deceived.thread.isThere).toBe(false);
  expect((await deceived.take([wanted([newName()])]))[0]?.showing).toBe('no_answer');
  expect(deceived.said).toEqual([expect.stringMatching(/^away: .*certificate/)]);
});

test.skipIf(missing)(
  'a Redis Cluster is asked server by server, and without one of them the rest',
  async () => {
    const servers = await startRedisCluster();
    onTestFinished(async () => {
      await Promise.all(servers.map((server) => server.stop()));
    });
    const store = await opened(servers.slice(0, 2).map(({ url }) => url));
    const all = Array.from({ length: 90 }, () => wanted([newName()]));
    const said = async () => new Set((await store.take(all)).map(({ showing }) => showing));
    // Its servers take a moment to agree.
    await expect.poll(async () => (await said()).has('no_answer'), { timeout: 20_000 }).toBe(false);
    expect(await said()).toEqual(new Set(['same']));
    expect(
      new Set(
        (await store.take(all.map((each) => ({ ...each, tap: wanted([]).tap })))).map(
          ({ showing }) => showing,
        ),
      ),
    ).toEqual(new Set(['seen']));
    await servers[2]?.kill();
    await expect.poll(said, { timeout: 20_000 }).toEqual(new Set(['same', 'no_answer']));
    expect(store.thread.isThere).toBe(true);
  },
);
