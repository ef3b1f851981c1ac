/** The store on a thread of its own: what the main thread has of it is what the store says, whatever becomes of the thread. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Wanted } from '../../gateway/cluster/store/taking.ts';
import { claimsContract } from '../unit/gateway/tap/claims-contract.rig.ts';
import { clusterMissing, type RedisServer, startRedis } from './servers.rig.ts';
import { startProxy } from './showing.rig.ts';
import { openStore, wanted } from './store.rig.ts';
import { keptInStore } from './store-claims.rig.ts';
import { openStoreThread, type TestStoreThread } from './store-thread.rig.ts';

const missing = clusterMissing();
const MORTAL = new URL('../fixtures/mortal-store-thread.ts', import.meta.url);
/** Names are kept for so much longer: clocks of two gateways may be that far apart. */
const CLOCKS_APART_MS = 10_000;
const newName = () => new Uint8Array(randomBytes(16));
const showingOf = async ({ take }: TestStoreThread, one: Wanted) => (await take([one]))[0]?.showing;

let redis: RedisServer;
beforeAll(async () => {
  if (missing) return;
  redis = await startRedis();
  return () => redis.stop();
});

async function opened(...options: Parameters<typeof openStoreThread>): Promise<TestStoreThread> {
  const store = await openStoreThread(...options);
  onTestFinished(() => store.thread.stop());
  return store;
}

if (!missing) {
  claimsContract('the thread of the store', async () => {
    const { thread, take } = await openStoreThread([redis.url]);
    return keptInStore({
      take,
      giveBack: (one, what) => thread.giveBack(one, what),
      pass: (ms) => sleep(ms + CLOCKS_APART_MS),
      close: () => thread.stop(),
    });
  });
}

test.skipIf(missing)('it says what a store without a thread says, and each is counted once', async () => {
  const [here, there] = [await opened([redis.url]), await openStore([redis.url])];
  onTestFinished(() => there.close());
  const card = { listRevision: 'a.7', credentialId: `卡 ${randomBytes(4).toString('hex')}` };
  const mine = wanted([newName()], { card });
  const both = [mine, wanted([])];
  expect(await here.take(both)).toEqual([
    { showing: 'first', cardTaps: 0 },
    { showing: 'not_wanted', cardTaps: null },
  ]);
  const elsewhere = await new Promise((resolve) => there.taking.takeAll([mine], resolve));
  expect(elsewhere).toMatchObject([{ showing: 'same', cardTaps: 1 }]);
  expect(await showingOf(here, { ...mine, tap: wanted([]).tap })).toBe('seen');
  const names = [`a${randomBytes(15).toString('hex')}`];
  const taken = await here.thread.take(names, Date.now() + 60_000);
  expect(taken?.taken).toBe('first');
  expect((await here.thread.take(names, Date.now() + 60_000))?.taken).toBe('seen');
  expect(here.counts).toMatchObject({ late: 0, failed: 0, refused: 0 });
  // Two showings, with two questions of their card each, and two times a token, with its mark.
  expect(here.counts.answered).toBe(2 * 3 + 2 * 2);
});

test.skipIf(missing)(
  'as many as may wait are answered, whatever else is asked, and one more is refused',
  async () => {
    const { thread, take, counts } = await opened([redis.url], { settings: { waiting_max: 4_096 } });
    const all = Array.from({ length: 4_096 }, () => wanted([newName()]));
    const each = all.map((one) => take([one]));
    const more = take([wanted([newName()])]);
    expect((await more)[0]?.showing).toBe('no_answer');
    expect(counts.refused).toBe(1);
    const said = (await Promise.all(each)).map(([taken]) => taken?.showing);
    expect(new Set(said)).toEqual(new Set(['first']));
    expect(await take(all.slice(0, 100))).toHaveLength(100);
    expect(thread.isThere).toBe(true);
  },
);

test.skipIf(missing)('answers that lie unread while the main thread stands still are in time', async () => {
  const { take, counts } = await opened([redis.url], { settings: { deadline_ms: 200 } });
  const taken = take(Array.from({ length: 500 }, () => wanted([newName()])));
  const untilMs = performance.now() + 1_500;
  while (performance.now() < untilMs);
  expect(new Set((await taken).map(({ showing }) => showing))).toEqual(new Set(['first']));
  expect(counts).toMatchObject({ answered: 500, late: 0 });
});

test.skipIf(missing)(
  'a thread that stands still is not waited for, and is asked again once it goes on',
  async () => {
    const store = await opened([redis.url], { settings: { deadline_ms: 5 }, entry: MORTAL });
    void store.thread.take(['stand'], Date.now() + 60_000);
    await sleep(20);
    expect(await showingOf(store, wanted([newName()]))).toBe('no_answer');
    expect(store.thread.isThere).toBe(false);
    expect(store.counts.late).toBe(1);
    await expect.poll(() => store.thread.isThere, { timeout: 10_000 }).toBe(true);
    await expect.poll(() => showingOf(store, wanted([newName()]))).toBe('first');
  },
);

test.skipIf(missing)('names have no answer where the thread stands still for good', async () => {
  const store = await opened([redis.url], { settings: { deadline_ms: 5 }, entry: MORTAL });
  expect(await store.thread.take(['stand for good'], Date.now() + 60_000)).toBeNull();
});

test.skipIf(missing)(
  'a thread that dies is a store that is away, is said, and is started again',
  async () => {
    const store = await opened([redis.url], { entry: MORTAL });
    const mine = wanted([newName()]);
    expect(await showingOf(store, mine)).toBe('first');
    const named = store.thread.take(['die'], Date.now() + 60_000);
    const underWay = store.take([wanted([newName()])]);
    expect(await named).toBeNull();
    expect(['first', 'no_answer']).toContain((await underWay)[0]?.showing);
    expect(store.thread.isThere).toBe(false);
    expect(await showingOf(store, wanted([newName()]))).toBe('no_answer');
    expect(store.counts.refused).toBe(1);
    // Told to the next.
    store.thread.giveBack(mine, { showing: true, card: false });
    await expect.poll(() => store.thread.isThere, { timeout: 10_000 }).toBe(true);
    await expect.poll(() => showingOf(store, { ...mine, tap: wanted([]).tap })).toBe('first');
    expect(store.said).toEqual(['there', 'died: it was to die', 'there']);
  },
);

test.skipIf(missing)(
  'a store that is away is said so by its thread, refused at once, and asked when it is back',
  async () => {
    const proxy = await startProxy(redis.port);
    onTestFinished(() => proxy.stop());
    const store = await opened([proxy.url]);
    const one = wanted([newName()]);
    expect(await showingOf(store, one)).toBe('first');
    proxy.leadTo(1);
    await expect.poll(() => store.thread.isThere).toBe(false);
    store.thread.giveBack(one, { showing: true, card: false });
    expect(await showingOf(store, one)).toBe('no_answer');
    expect(store.counts.refused).toBe(1);
    proxy.leadTo(redis.port);
    await expect.poll(() => store.thread.isThere, { timeout: 10_000 }).toBe(true);
    await expect.poll(() => showingOf(store, { ...one, tap: wanted([]).tap })).toBe('first');
    expect(store.said.map((each) => each.replace(/:.*/, ''))).toEqual(['there', 'away', 'there']);
  },
);

test.skipIf(missing)('the breaker opens, and after its pause the store is asked again', async () => {
  const proxy = await startProxy(redis.port);
  onTestFinished(() => proxy.stop());
  const settings = { deadline_ms: 50, breaker_failures: 1, breaker_open_ms: 200 };
  const store = await opened([proxy.url], { settings });
  proxy.delay(400);
  expect(await showingOf(store, wanted([newName()]))).toBe('no_answer');
  expect(store.thread.isThere).toBe(false);
  expect(store.counts.late).toBe(1);
  proxy.delay(0);
  await expect.poll(() => showingOf(store, wanted([newName()])), { timeout: 10_000 }).toBe('first');
});

test('files of the settings that cannot be read are said at the start', async () => {
  const settings = { password_file: join(import.meta.dirname, 'not-there') };
  await expect(openStoreThread(['redis://127.0.0.1:1'], { settings })).rejects.toMatchObject({
    code: 'unusable',
    message: expect.stringContaining('the password of the store cannot be read'),
  });
});

test.skipIf(missing)('its stop ends it, and what was given back is told', async () => {
  const store = await openStoreThread([redis.url]);
  const mine = wanted([newName()]);
  expect(await showingOf(store, mine)).toBe('first');
  store.thread.giveBack(mine, { showing: true, card: false });
  await store.thread.stop();
  expect(store.said).toEqual(['there']);
  const other = await opened([redis.url]);
  expect(await showingOf(other, { ...mine, tap: wanted([]).tap })).toBe('first');
});
