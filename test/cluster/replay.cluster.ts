/**
 * A presentation passes once in the city: three whole gateways, a real store that each reaches by a way of its own, and what
 * goes wrong with it. How often something passed is counted in the journals, and by what the test saw.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { forcedModeFile, writeModeOrder } from '../../gateway/knowledge/mode/forced-mode.ts';
import { chipTapOf, goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { newClusterKey, startCluster, type TestCluster } from './gateways.rig.ts';
import { clusterMissing, type RedisServer, startRedis } from './servers.rig.ts';
import {
  acceptedOf,
  byShowing,
  type Code,
  codesFrom,
  type Gate,
  gateAt,
  type Kept,
  keptBy,
  type StoreProxy,
  showEverywhere,
  startProxy,
} from './showing.rig.ts';

const missing = clusterMissing();
const CODES = process.env['ONECARD_FULL'] === '1' ? 10_000 : 300;
/** Made and shown together. */
const CODES_AT_ONCE = 100;
const AT_ONCE = CODES > 300 ? 48 : 8;
const FEW = 24;
const DAY_MS = 86_400_000;
/** So long that a busy machine does not count, and that nothing waits for who is silent for longer. */
const DEADLINE_MS = 3_000;
const WAIT = { timeout: 20_000, interval: 100 };
const GATEWAYS = [0, 1, 2] as const;

/** `29/exit` refers what nobody can say of; two uses of a card on a stale list. */
const CITY_DOCUMENT = {
  revision: 'replay-1',
  policies: [
    {
      ...{ policy: 'gate', families: ['transit-qr', 'chip-oda'], regions: ['cq'], live: 'never' },
      ...{ unlisted: 'allow', not_covered: 'allow', list_too_old: 'refer', list_age_max_ms: DAY_MS },
      ...{ replayable_ms_max: 900_000, replay_window_ms: 600_000, closed: 'refer' },
      stale: { per_card: 2, per_device: 500, per_outage: 5_000, spent: 'refer', unlisted: 'refer' },
    },
  ],
  scenes: [
    { scene: '29/entry', service: 29, point: 'gate', policy: 'gate' },
    { scene: '29/exit', service: 29, point: 'gate', policy: 'gate', replay_unshared: 'refer' },
  ],
};

describe.skipIf(missing)('three gateways and a store', () => {
  let redis: RedisServer;
  let ways: StoreProxy[];
  let cluster: TestCluster;
  let gates: Gate[];
  let codes: Iterator<Code>;
  let isFull = true;

  const startAll = async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onecard-replay-'));
    const city = join(folder, 'city.json');
    writeFileSync(city, JSON.stringify(CITY_DOCUMENT));
    redis = await startRedis();
    ways = await Promise.all(GATEWAYS.map(() => startProxy(redis.port)));
    cluster = await startCluster({
      clusterOf: (at) => ({
        store: { urls: [ways[at]?.url], deadline_ms: DEADLINE_MS, breaker_failures: 4, breaker_open_ms: 200 },
      }),
      settings: { city },
      gateway: {
        freeDiskBytes: async (of) => (isFull && of.includes('gw-1') ? 0 : 2 ** 40),
      },
    });
    gates = await Promise.all(GATEWAYS.map((at) => gateAt(cluster, at)));
    codes = codesFrom(cluster.city);
    return folder;
  };
  let folder: string;
  beforeAll(async () => {
    folder = await startAll();
  });
  afterAll(async () => {
    await cluster?.stop();
    await Promise.all(ways.map((way) => way.stop()));
    await redis?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const nextCodes = (count: number) =>
    Array.from({ length: count }, () => {
      const { value } = codes.next();
      if (value === undefined) throw new Error('there are no more codes');
      return value as Code;
    });
  const way = (at: number) => ways[at] as StoreProxy;
  const gate = (at: number) => gates[at] as Gate;

  /** Until each gateway asks the store again. */
  const allShare = async () => {
    for (const at of GATEWAYS) {
      await expect.poll(() => sharesAt(at), WAIT).toBe(true);
    }
  };
  const metricsAt = async (at: number) => (await fetch(`${cluster.member(at).address.admin}/metrics`)).text();
  const sharesAt = async (at: number) => /^onecard_store_up 1$/m.test(await metricsAt(at));
  const answeredAt = async (at: number) =>
    Number(/^onecard_store_questions_total\{outcome="answered"\} (\d+)$/m.exec(await metricsAt(at))?.[1]);
  const diskAt = async (at: number) =>
    /^onecard_disk_state\{state="(\w+)"\} 1$/m.exec(await metricsAt(at))?.[1];
  const modeAt = async (at: number) => /^onecard_mode\{mode="(\w+)"\} 1$/m.exec(await metricsAt(at))?.[1];

  /** What was kept since `begun`, after the fact; the doubles among it are those that the test saw. */
  const since = (positions: ReadonlyMap<string, number>): Kept[] =>
    keptBy(cluster).filter(({ gatewayId, record }) => record.position > (positions.get(gatewayId) ?? 0));
  const positions = () =>
    new Map(keptBy(cluster).map(({ gatewayId, record }) => [gatewayId, record.position] as const));

  // The disk of the first is full from the start: its journal takes nothing.
  test('what could not be kept is given back to all', async () => {
    const [code] = nextCodes(1) as [Code];
    await expect.poll(() => diskAt(0), WAIT).toBe('full');
    onTestFinished(() => {
      isFull = false;
    });
    const answered = await answeredAt(0);
    expect(await gate(0).show(code)).toBe('tap.journal_unavailable');
    expect(await answeredAt(0)).toBeGreaterThan(answered);
    await expect.poll(() => redis.ask('KEYS', 'onecard:*:shown:*'), WAIT).toBe('');
    isFull = false;
    await expect.poll(() => diskAt(0), WAIT).toBe('ok');
    expect(await gate(1).show(code)).toBe('allow.good');
    expect(await gate(0).show(code)).toBe('deny.replayed');
  });

  test('the same code at all three at once is accepted exactly once', { timeout: 900_000 }, async () => {
    const begun = positions();
    for (let shown = 0; shown < CODES; shown += CODES_AT_ONCE) {
      const answers = await showEverywhere(gates, nextCodes(CODES_AT_ONCE), AT_ONCE);
      const wrong = answers.filter((each) => each.filter(isAllowed).length !== 1);
      const scopes = wrong.length > 0 ? since(begun).map(({ record }) => record.replay.scope) : [];
      expect(wrong, `${scopes.filter((scope) => scope === 'local').length} were decided alone`).toEqual([]);
      for (const each of answers) {
        expect(each.toSorted()).toEqual(['allow.good', 'deny.replayed', 'deny.replayed']);
      }
    }
    const showings = byShowing(since(begun));
    expect(showings).toHaveLength(CODES);
    for (const showing of showings) {
      expect(acceptedOf(showing)).toHaveLength(1);
      expect(showing.map(({ record }) => record.replay.scope)).toEqual(['shared', 'shared', 'shared']);
    }
  });

  test('a tap that is sent again at another gateway is the first there too', async () => {
    const begun = positions();
    const [code] = nextCodes(1) as [Code];
    const stream = randomBytes(16);
    const [here, there] = await Promise.all([gateAt(cluster, 0, stream), gateAt(cluster, 1, stream)]);
    expect(await here.showAs(7, code)).toMatchObject({ code: 'allow.good' });
    expect(await there.showAs(7, code)).toMatchObject({ code: 'allow.good' });
    expect(await there.showAs(8, code)).toMatchObject({ code: 'deny.replayed' });
    expect(await gate(2).show(code)).toBe('deny.replayed');
    const [showing = []] = byShowing(since(begun));
    expect(showing).toHaveLength(4);
    expect(acceptedOf(showing)).toHaveLength(1);
  });

  test('what another gateway was said to have used stays used when the store is gone', async () => {
    const begun = positions();
    const [code, unseen] = nextCodes(2) as [Code, Code];
    for (const each of [code, unseen]) expect(await gate(0).show(each)).toBe('allow.good');
    expect(await gate(1).show(code)).toBe('deny.replayed');
    way(1).leadTo(1);
    await expect.poll(() => sharesAt(1), WAIT).toBe(false);
    expect(await gate(1).show(code)).toBe('deny.replayed');
    // And after a start, from the journal.
    await cluster.member(1).stop();
    await cluster.member(1).start();
    gates[1] = await gateAt(cluster, 1);
    expect(await gate(1).show(code)).toBe('deny.replayed');
    // It is the store's word that counts: what it did not say passes.
    expect(await gate(1).show(unseen)).toBe('allow.good');
    const said = since(begun).filter(({ gatewayId }) => gatewayId === 'gw-2');
    expect(said.map(({ record }) => record.replay.scope)).toEqual(['shared', 'local', 'local', 'local']);
    way(1).leadTo(redis.port);
    await allShare();
  });

  test('a gate that moves to where its code was shown meanwhile has its answer there', async () => {
    const [code] = nextCodes(1) as [Code];
    const stream = randomBytes(16);
    const [here, there] = await Promise.all([gateAt(cluster, 0, stream), gateAt(cluster, 1, stream)]);
    expect(await here.showAs(3, code)).toMatchObject({ code: 'allow.good' });
    expect(await gate(1).show(code)).toBe('deny.replayed');
    expect(await there.showAs(3, code)).toMatchObject({ code: 'allow.good' });
  });

  /** Codes that were answered `allow` more than once, by their place. */
  const doublesIn = (answers: readonly (readonly string[])[]) =>
    answers.flatMap((each, i) => (each.filter(isAllowed).length > 1 ? [i] : []));

  test('where one is cut off from the store it accepts alone, each marked, and all that passed twice is found', async () => {
    const begun = positions();
    const shown = nextCodes(FEW);
    way(0).cut();
    const answers = await showEverywhere(gates, shown, AT_ONCE);
    // A scene that says so refers what nobody can say of.
    const [referred] = nextCodes(1) as [Code];
    expect(await gate(0).show(referred, '29/exit')).toBe('refer.replay_unshared');
    expect(await gate(0).show(referred, '29/exit')).toBe('deny.replayed');
    way(0).heal();
    for (const [alone, ...others] of answers) {
      expect(alone).toBe('allow.good');
      expect(others.toSorted()).toEqual(['allow.good', 'deny.replayed']);
    }
    const showings = byShowing(since(begun));
    const twice = showings.filter((showing) => acceptedOf(showing).length > 1);
    expect(twice).toHaveLength(doublesIn(answers).length);
    expect(twice).toHaveLength(FEW);
    for (const showing of twice) {
      const local = acceptedOf(showing).filter(({ record }) => record.replay.scope === 'local');
      expect(local.map(({ gatewayId }) => gatewayId)).toEqual(['gw-1']);
    }
    await allShare();
    const [after] = await showEverywhere(gates, nextCodes(1), 1);
    expect(after?.toSorted()).toEqual(['allow.good', 'deny.replayed', 'deny.replayed']);
  });

  test('where the store is killed and comes back empty, all that passed twice is found', async () => {
    const begun = positions();
    const shown = nextCodes(4 * FEW);
    const showing = showEverywhere(gates, shown, 2);
    const killed = (async () => {
      await redis.kill();
      await redis.restart({ empty: true });
    })();
    const [answers] = await Promise.all([showing, killed]);
    await allShare();
    // What was used before the store forgot it passes at whoever has not seen it.
    const again = await showEverywhere(gates.slice(1), shown, AT_ONCE);
    const all = answers.map((each, i) => [...each, ...(again[i] ?? [])]);
    const twice = byShowing(since(begun)).filter((each) => acceptedOf(each).length > 1);
    expect(twice).toHaveLength(doublesIn(all).length);
    expect(twice.length).toBeGreaterThan(0);
    const [after] = await showEverywhere(gates, nextCodes(1), 1);
    expect(after?.toSorted()).toEqual(['allow.good', 'deny.replayed', 'deny.replayed']);
  });

  test('a replica that is promoted behind the same name knows what its master did', async () => {
    const replica = await startRedis({ replicaOf: redis });
    onTestFinished(async () => {
      for (const each of ways) each.leadTo(redis.port);
      await allShare();
      await replica.stop();
    });
    const before = nextCodes(FEW);
    for (const each of await showEverywhere(gates.slice(0, 1), before, AT_ONCE))
      expect(each).toEqual(['allow.good']);
    expect(await redis.ask('WAIT', '1', '20000')).toBe('1');
    // Before it is promoted it takes no writes: that is no answer.
    for (const each of ways) each.leadTo(replica.port);
    const begun = positions();
    const meanwhile = await showEverywhere(gates, nextCodes(2), 1);
    expect(meanwhile.flat()).toEqual(Array(6).fill('allow.good'));
    const kept = since(begun);
    expect(kept.map(({ record }) => record.replay.scope)).toEqual(Array(6).fill('local'));
    expect(byShowing(kept).filter((each) => acceptedOf(each).length > 1)).toHaveLength(2);
    await replica.promote();
    await allShare();
    await expect
      .poll(async () => (await showEverywhere(gates, nextCodes(1), 1))[0]?.filter(isAllowed).length, WAIT)
      .toBe(1);
    const again = await showEverywhere(gates.slice(1), before, AT_ONCE);
    expect(again.flat()).toEqual(Array(2 * FEW).fill('deny.replayed'));
  });

  test('a store that answers too late, or with what is none, is as if it were away', async () => {
    const begun = positions();
    const liar = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    await new Promise<void>((listening) => liar.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void liar.close());
    const place = liar.address();
    way(0).leadTo(typeof place === 'object' ? (place?.port ?? 0) : 0);
    way(1).delay(DEADLINE_MS + 500);
    const shown = nextCodes(2);
    const answers = await showEverywhere(gates.slice(0, 2), shown, 2);
    expect(answers.flat()).toEqual(Array(4).fill('allow.good'));
    way(0).leadTo(redis.port);
    way(1).delay(0);
    const kept = since(begun);
    expect(kept.map(({ record }) => record.replay.scope)).toEqual(Array(4).fill('local'));
    expect(byShowing(kept).filter((each) => acceptedOf(each).length > 1)).toHaveLength(2);
    await allShare();
  });

  test('uses of a card on a stale list are counted for all gateways', async () => {
    const order = { by: { uid: 0, user: 'test' }, setAtMs: Date.now(), untilMs: null, reason: null };
    const force = (mode: 'stale' | 'auto') => {
      for (const { dataFolder } of cluster.members)
        writeModeOrder(forcedModeFile(dataFolder), { ...order, mode });
    };
    force('stale');
    onTestFinished(async () => {
      force('auto');
      for (const at of GATEWAYS) await expect.poll(() => modeAt(at), WAIT).not.toBe('stale');
    });
    const [, , chip = 0] = goodCards(cluster.city, 'rsa');
    for (const at of GATEWAYS) await expect.poll(() => modeAt(at), WAIT).toBe('stale');
    // A chip's signature is used up here alone, and its card's uses are counted for all.
    const codesOfChip: string[] = [];
    for (const at of [...GATEWAYS, ...GATEWAYS]) {
      codesOfChip.push(await gate(at).show(chipTapOf(cluster.city, chip).binary));
    }
    expect(codesOfChip).toEqual([
      ...Array(2).fill('allow.good'),
      ...Array(4).fill('refer.risk_budget_spent'),
    ]);
    const card = goodCards(cluster.city, 'sm2').at(-1) ?? 0;
    const nowMs = Date.now();
    const rides = [500, 501, 502].map(
      (age_s) => rideCodeOf(cluster.city, card, { nowMs: nowMs - 1_000 * age_s, validity_s: 600 }).binary,
    );
    const atOnce = await Promise.all(rides.map((ride, i) => gate(i).show(ride)));
    expect(atOnce.toSorted()).toEqual(['allow.good', 'allow.good', 'refer.risk_budget_spent']);
  });

  test('a gateway starts without the store in reach, and asks it once it is there', async () => {
    way(0).leadTo(1);
    await cluster.member(0).stop();
    await cluster.member(0).start();
    gates[0] = await gateAt(cluster, 0);
    const [before, after] = nextCodes(2) as [Code, Code];
    expect(await gate(0).show(before)).toBe('allow.good');
    expect(await gate(1).show(before)).toBe('allow.good');
    const isSaid = () =>
      cluster
        .member(0)
        .logLines.some(({ msg }) => String(msg).startsWith('the store of the cluster does not answer'));
    await expect.poll(isSaid, WAIT).toBe(true);
    way(0).leadTo(redis.port);
    await allShare();
    expect(await gate(0).show(after)).toBe('allow.good');
    expect(await gate(1).show(after)).toBe('deny.replayed');
  });

  test('while the key changes, gateway by gateway, each code passes once', { timeout: 600_000 }, async () => {
    await allShare();
    const begun = positions();
    const [older, newer] = [readFileSync(cluster.keysFile, 'utf8').trim(), newClusterKey()];
    const every: { readonly code: Code; readonly answers: string[] }[] = [];
    const showAll = async (at: readonly number[], count: number) => {
      const shown = nextCodes(count);
      const answers = await showEverywhere(at.map(gate), shown, AT_ONCE);
      every.push(...shown.map((code, i) => ({ code, answers: answers[i] ?? [] })));
    };
    await showAll(GATEWAYS, FEW);
    // The order of two keys is nobody's business.
    const between = CODES > 300 ? [[newer, older]] : [];
    for (const keys of [[older, newer], ...between, [newer]]) {
      // Both are in force for as long as a code lives: what was used under the older alone is over by then.
      if (keys.length === 1) {
        every.splice(0);
        await showAll(GATEWAYS, FEW);
      }
      writeFileSync(cluster.keysFile, `${keys.join('\n')}\n`);
      for (const at of GATEWAYS) {
        const others = GATEWAYS.filter((other) => other !== at);
        await Promise.all([
          (async () => {
            await cluster.member(at).stop();
            await cluster.member(at).start();
          })(),
          showAll(others, FEW),
        ]);
        gates[at] = await gateAt(cluster, at);
        await expect.poll(() => sharesAt(at), WAIT).toBe(true);
        await showAll(GATEWAYS, FEW);
        // Whatever was shown before, at whichever gateway, under whichever keys.
        for (const { code, answers } of every) answers.push(await gate(at).show(code));
      }
    }
    expect(every.filter(({ answers }) => answers.filter(isAllowed).length !== 1)).toEqual([]);
    const showings = byShowing(since(begun));
    expect(showings.filter((each) => acceptedOf(each).length !== 1)).toEqual([]);
  });
});

function isAllowed(answer: string): boolean {
  return answer === 'allow.good';
}
