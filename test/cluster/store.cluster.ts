/** The store that gateways share, on real servers, and on some that are none. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Taken, Taking, Wanted } from '../../gateway/cluster/store/taking.ts';
import { claimsContract } from '../unit/gateway/tap/claims-contract.rig.ts';
import { clusterMissing, type RedisServer, startRedis, startRedisCluster } from './servers.rig.ts';
import { startProxy } from './showing.rig.ts';
import { clusterKeysOf, openStore, type TestStore, wanted } from './store.rig.ts';
import { keptInStore } from './store-claims.rig.ts';

const missing = clusterMissing();
const newName = () => new Uint8Array(randomBytes(16));
const takeAll = (taking: Taking, all: readonly Wanted[]): Promise<readonly Taken[]> =>
  new Promise((resolve) => taking.takeAll(all, resolve));
const showingOf = async (taking: Taking, one: Wanted) => (await takeAll(taking, [one]))[0]?.showing;

let redis: RedisServer;
beforeAll(async () => {
  if (missing) return;
  redis = await startRedis();
  return () => redis.stop();
});

async function opened(...options: Parameters<typeof openStore>): Promise<TestStore> {
  const store = await openStore(...options);
  onTestFinished(() => store.close());
  return store;
}

if (!missing) {
  claimsContract('the store of a cluster', async () => {
    const { taking, close } = await openStore([redis.url], { clocksApartMs: 0 });
    return keptInStore({
      take: (all) => takeAll(taking, all),
      giveBack: (one, what) => taking.giveBack(one, what),
      pass: (ms) => sleep(ms),
      close: async () => close(),
    });
  });
}

test.skipIf(missing)('the same tap is told so, and gives back what is its own and no more', async () => {
  const [here, there] = await Promise.all([opened([redis.url]), opened([redis.url])]);
  const [mine, other] = [wanted([newName()]), wanted([])];
  expect(await showingOf(here.taking, mine)).toBe('first');
  expect(await showingOf(there.taking, mine)).toBe('same');
  const others = { ...mine, tap: other.tap };
  expect(await showingOf(there.taking, others)).toBe('seen');
  there.taking.giveBack(others, { showing: true, card: false });
  expect(await showingOf(there.taking, others)).toBe('seen');
  here.taking.giveBack(mine, { showing: true, card: false });
  await expect.poll(() => showingOf(there.taking, others)).toBe('first');
});

test.skipIf(missing)(
  'with two keys, of two that want both names one has both, and who has one name only is seen',
  async () => {
    const keys = clusterKeysOf('old', 'new');
    const [here, there] = await Promise.all([opened([redis.url], { keys }), opened([redis.url], { keys })]);
    for (let round = 0; round < 20; round += 1) {
      const pairs = Array.from({ length: 20 }, () => [newName(), newName()]);
      const both = await Promise.all(
        [here, there].map(({ taking }) =>
          takeAll(
            taking,
            pairs.map((names) => wanted(names)),
          ),
        ),
      );
      for (let i = 0; i < pairs.length; i += 1) {
        expect(both.map((each) => each[i]?.showing).toSorted()).toEqual(['first', 'seen']);
      }
    }
    // One that has the second key alone was first: what was taken under the first key is given back.
    const [older, newer] = [newName(), newName()];
    expect(await showingOf(here.taking, wanted([newer]))).toBe('first');
    expect(await showingOf(there.taking, wanted([older, newer]))).toBe('seen');
    await expect.poll(() => showingOf(here.taking, wanted([older]))).toBe('first');
  },
);

test.skipIf(missing)(
  'uses of a card are counted for all, by revision of the list, and given back',
  async () => {
    const [here, there] = await Promise.all([opened([redis.url]), opened([redis.url])]);
    const card = { listRevision: 'a.7', credentialId: `card ${randomBytes(4).toString('hex')}` };
    const use = async ({ taking }: TestStore, of = card) =>
      (await takeAll(taking, [wanted([], { card: of })]))[0];
    expect(await use(here)).toMatchObject({ showing: 'not_wanted', cardTaps: 0 });
    expect(await use(there)).toMatchObject({ cardTaps: 1 });
    expect(await use(there, { ...card, listRevision: 'a.8' })).toMatchObject({ cardTaps: 0 });
    here.taking.giveBack(wanted([], { card }), { showing: false, card: true });
    await expect
      .poll(async () => (await redis.ask('KEYS', 'onecard:c:card:a.7:*')).split('\n').length)
      .toBe(1);
    expect(await use(here)).toMatchObject({ cardTaps: 1 });
  },
);

/** A server of the test: says of itself what Redis says, and answers every other command with these bytes, or not at all. */
async function startLiar(answer: string | null, info = 'redis_version:7.2.4\r\n'): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const command of chunk.toString('latin1').split('*').slice(1)) {
        if (/\r\ninfo\r\n/i.test(command)) socket.write(`$${info.length}\r\n${info}\r\n`);
        else if (answer !== null) socket.write(answer);
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `redis://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

test.each([
  ['an error of memory', "-OOM command not allowed when used memory > 'maxmemory'.\r\n"],
  ['that it takes no writes', "-READONLY You can't write against a read only replica.\r\n"],
  ['that it loads', '-LOADING Redis is loading the dataset in memory\r\n'],
  ['that another has it', '-MOVED 3999 127.0.0.1:6381\r\n'],
  [
    'that its master is gone',
    "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n",
  ],
  ['no mark', '$5\r\nhello\r\n'],
  ['a status', '+OK\r\n'],
  ['a number', ':1\r\n'],
  ['a list', '*1\r\n$-1\r\n'],
  ['another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ['nothing', null],
])('a server that answers %s has not answered, and nothing is first by it', async (_what, answer) => {
  const url = await startLiar(answer);
  const { taking, counts } = await opened([url], { settings: { deadline_ms: 150 } });
  const taken = await takeAll(taking, [wanted([newName()]), wanted([newName()])]);
  expect(taken.map(({ showing }) => showing)).toEqual(['no_answer', 'no_answer']);
  expect(counts.late + counts.failed + counts.answered + counts.refused).toBeGreaterThan(0);
});

test.skipIf(missing)(
  'an answer after the deadline is none; what it took is the tap’s all the same',
  async () => {
    const proxy = await startProxy(redis.port);
    onTestFinished(() => proxy.stop());
    const { taking, counts } = await opened([proxy.url], { settings: { deadline_ms: 100 } });
    proxy.delay(400);
    const one = wanted([newName()]);
    expect(await showingOf(taking, one)).toBe('no_answer');
    expect(counts.late).toBe(1);
    proxy.delay(0);
    await sleep(500);
    await expect.poll(() => showingOf(taking, one)).toBe('same');
  },
);

test.skipIf(missing)('answers that lie unread while this thread stands still are in time', async () => {
  const { taking, counts } = await opened([redis.url], { settings: { deadline_ms: 5 } });
  const all = Array.from({ length: 2_000 }, () => wanted([newName()]));
  const taken = takeAll(taking, all);
  // Sent in this turn; the answers come in several pieces, long after the deadline of this thread's clock.
  setImmediate(() => {
    const untilMs = performance.now() + 500;
    while (performance.now() < untilMs);
  });
  expect(new Set((await taken).map(({ showing }) => showing))).toEqual(new Set(['first']));
  expect(counts).toMatchObject({ answered: 2_000, late: 0 });
});

test.skipIf(missing)(
  'what was given back while the store was away is given back once it is there',
  async () => {
    const proxy = await startProxy(redis.port);
    onTestFinished(() => proxy.stop());
    const { taking, store, said } = await opened([proxy.url]);
    const one = wanted([newName()]);
    expect(await showingOf(taking, one)).toBe('first');
    proxy.leadTo(1);
    await expect.poll(() => store.isThere).toBe(false);
    taking.giveBack(one, { showing: true, card: false });
    expect(await showingOf(taking, one)).toBe('no_answer');
    proxy.leadTo(redis.port);
    await expect.poll(() => store.isThere, { timeout: 10_000 }).toBe(true);
    await expect.poll(() => showingOf(taking, { ...one, tap: wanted([]).tap })).toBe('first');
    expect(said.map((each) => each.replace(/:.*/, ''))).toEqual(['there', 'away', 'there']);
  },
);

test.each([
  ['redis_version:6.2.14\r\n', /version 6\.2\.14: 7\.0 or newer is needed/],
  ['redis_version:7.2.4\r\ncluster_enabled:1\r\n', /part of a Redis Cluster: name two of its servers/],
  ['something:else\r\n', /does not say its version/],
])('a server that says %j is refused with a sentence', async (info, sentence) => {
  await expect(openStore([await startLiar(null, info)])).rejects.toThrow(sentence);
});

test.skipIf(missing)('a server that forgets when it is full is used, and warned of', async () => {
  const url = await startLiar('$-1\r\n', 'redis_version:7.2.4\r\nmaxmemory_policy:allkeys-lru\r\n');
  const { taking, said } = await opened([url]);
  expect(said[0]).toMatch(/maxmemory-policy allkeys-lru.*Set maxmemory-policy noeviction/s);
  expect(await showingOf(taking, wanted([newName()]))).toBe('first');
});

test.skipIf(missing)(
  'the store of a Redis Cluster is asked server by server, and goes on when one of them is gone',
  async () => {
    const servers = await startRedisCluster();
    onTestFinished(async () => {
      await Promise.all(servers.map((server) => server.stop()));
    });
    const { taking } = await opened(servers.slice(0, 2).map(({ url }) => url));
    const all = Array.from({ length: 90 }, () => wanted([newName()]));
    const said = async () => (await takeAll(taking, all)).map(({ showing }) => showing);
    // Its servers take a moment to agree.
    await expect.poll(async () => (await said()).includes('no_answer'), { timeout: 20_000 }).toBe(false);
    expect(new Set(await said())).toEqual(new Set(['same']));
    await servers[2]?.kill();
    await expect
      .poll(async () => new Set(await said()), { timeout: 20_000 })
      .toEqual(new Set(['same', 'no_answer']));
  },
);
