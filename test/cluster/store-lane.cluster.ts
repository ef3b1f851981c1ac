/** The short way to the store: it says what the thread of the store says, and where it does not lead, that thread is asked. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Wanted } from '../../gateway/cluster/store/taking.ts';
import type { StoreLane } from '../../gateway/cluster/store-thread/store-lane.ts';
import { claimsContract } from '../unit/gateway/tap/claims-contract.rig.ts';
import { clusterMissing, type RedisServer, startRedis } from './servers.rig.ts';
import { startProxy } from './showing.rig.ts';
import { wanted } from './store.rig.ts';
import { keptInStore } from './store-claims.rig.ts';
import { openStoreThread, type TestStoreThread } from './store-thread.rig.ts';

const missing = clusterMissing();
/** Names are kept for so much longer: clocks of two gateways may be that far apart. */
const CLOCKS_APART_MS = 10_000;
const newName = () => new Uint8Array(randomBytes(16));
const showingOf = async ({ take }: TestStoreThread, one: Wanted) => (await take([one]))[0]?.showing;
/** None: it does not lead there. */
const shortly = (lane: StoreLane | null, one: Wanted) =>
  new Promise<string>((resolve) => {
    const isAsked = lane?.take([one], (all) => resolve(String(all[0]?.showing))) ?? false;
    if (!isAsked) resolve('none');
  });

let redis: RedisServer;
beforeAll(async () => {
  if (missing) return;
  redis = await startRedis();
  return () => redis.stop();
});

/** Resolves once the short way leads there. */
async function opened(
  url: string,
  options: Parameters<typeof openStoreThread>[1] = {},
): Promise<TestStoreThread> {
  const store = await openStoreThread([url], { ...options, isShort: true });
  onTestFinished(() => store.thread.stop());
  await leads(store);
  return store;
}

async function leads({ lane }: TestStoreThread): Promise<void> {
  await expect.poll(() => shortly(lane, wanted([newName()])), { timeout: 10_000 }).toBe('first');
}

if (!missing) {
  claimsContract('the short way to the store', async () => {
    const { thread, take } = await opened(redis.url);
    return keptInStore({
      take,
      giveBack: (one, what) => thread.giveBack(one, what),
      pass: (ms) => sleep(ms + CLOCKS_APART_MS),
      close: () => thread.stop(),
    });
  });
}

test.skipIf(missing)('by either way a showing, its tap and whose it is are the same', async () => {
  const short = await opened(redis.url);
  const long = await openStoreThread([redis.url]);
  onTestFinished(() => long.thread.stop());
  const all = Array.from({ length: 400 }, (_, i) =>
    wanted([newName()], {
      tap: { deviceId: `tor-${i}-闸机`, stream: randomBytes(8).toString('hex'), seq: i * 7 },
    }),
  );
  const others = all.map((each) => ({ ...each, tap: wanted([]).tap }));
  const [here, there] = [all.slice(0, 200), all.slice(200)];
  const said = async ({ take }: TestStoreThread, of: readonly Wanted[]) =>
    new Set((await take(of)).map(({ showing }) => showing));
  expect([await said(short, here), await said(long, there)]).toEqual([
    new Set(['first']),
    new Set(['first']),
  ]);
  expect([await said(long, here), await said(short, there)]).toEqual([new Set(['same']), new Set(['same'])]);
  expect([await said(long, others), await said(short, others)]).toEqual([
    new Set(['seen']),
    new Set(['seen']),
  ]);
  // What another has is not given back.
  for (const each of others) short.thread.giveBack(each, { showing: true, card: false });
  expect(await said(long, all)).toEqual(new Set(['same']));
  for (const each of here) short.thread.giveBack(each, { showing: true, card: false });
  expect(await said(short, others.slice(0, 200))).toEqual(new Set(['first']));
  expect(short.counts).toMatchObject({ late: 0, failed: 0, refused: 0 });
});

test.skipIf(missing)('what counts a card, or has two names, is asked by the thread', async () => {
  const store = await opened(redis.url);
  const card = { listRevision: 'a.7', credentialId: randomBytes(4).toString('hex') };
  const both = [wanted([newName()]), wanted([newName()], { card }), wanted([newName(), newName()])];
  for (const each of both.slice(1)) expect(await shortly(store.lane, each)).toBe('none');
  expect(await store.take(both)).toEqual([
    { showing: 'first', cardTaps: null },
    { showing: 'first', cardTaps: 0 },
    { showing: 'first', cardTaps: null },
  ]);
});

test.skipIf(missing)(
  'a server that goes away is one for the thread, and led to again when it is back',
  async () => {
    const proxy = await startProxy(redis.port);
    onTestFinished(() => proxy.stop());
    const store = await opened(proxy.url);
    proxy.leadTo(1);
    await expect.poll(() => store.thread.isThere).toBe(false);
    expect(await shortly(store.lane, wanted([newName()]))).toBe('none');
    expect(await showingOf(store, wanted([newName()]))).toBe('no_answer');
    expect(store.counts.refused).toBe(1);
    proxy.leadTo(redis.port);
    await expect.poll(() => store.thread.isThere, { timeout: 10_000 }).toBe(true);
    await leads(store);
  },
);

test.skipIf(missing)('a late answer is no answer, and the next is its own', async () => {
  const proxy = await startProxy(redis.port);
  onTestFinished(() => proxy.stop());
  const store = await opened(proxy.url, { settings: { deadline_ms: 60, breaker_failures: 100 } });
  const [late, next] = [wanted([newName()]), wanted([newName()])];
  expect(await shortly(store.lane, next)).toBe('first');
  proxy.delay(400);
  expect(await shortly(store.lane, late)).toBe('no_answer');
  expect(store.counts.late).toBe(1);
  proxy.delay(0);
  await sleep(500);
  expect(await shortly(store.lane, { ...next, tap: wanted([]).tap })).toBe('seen');
  expect(await shortly(store.lane, late)).toBe('same');
});

test.skipIf(missing)(
  'too many late ones open the breaker, and after its pause it is asked again',
  async () => {
    const proxy = await startProxy(redis.port);
    onTestFinished(() => proxy.stop());
    const settings = { deadline_ms: 50, breaker_failures: 1, breaker_open_ms: 200 };
    const store = await opened(proxy.url, { settings });
    proxy.delay(400);
    expect(await shortly(store.lane, wanted([newName()]))).toBe('no_answer');
    expect(store.thread.isThere).toBe(false);
    proxy.delay(0);
    await expect.poll(() => showingOf(store, wanted([newName()])), { timeout: 10_000 }).toBe('first');
  },
);

test.skipIf(missing)('its stop ends it, and what was given back is told', async () => {
  const store = await opened(redis.url);
  const mine = wanted([newName()]);
  expect(await shortly(store.lane, mine)).toBe('first');
  store.thread.giveBack(mine, { showing: true, card: false });
  await store.thread.stop();
  expect(await showingOf(await opened(redis.url), { ...mine, tap: wanted([]).tap })).toBe('first');
});

test.skipIf(missing)('as many as may wait are answered, each once, and one more is refused', async () => {
  const store = await opened(redis.url, { settings: { waiting_max: 4_096 } });
  const all = Array.from({ length: 4_096 }, () => wanted([newName()]));
  const each = all.map((one) => store.take([one]));
  expect(await showingOf(store, wanted([newName()]))).toBe('no_answer');
  const said = (await Promise.all(each)).map(([taken]) => taken?.showing);
  expect(new Set(said)).toEqual(new Set(['first']));
  expect(store.counts).toMatchObject({ refused: 1, late: 0, failed: 0 });
});
