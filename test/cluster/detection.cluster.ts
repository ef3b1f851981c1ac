/** What was accepted twice is found afterwards, every one, over the journals of whole gateways of which one was cut off. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ClusterReport } from '../../gateway/cluster/members/cluster-report.ts';
import { onecard } from '../composed/onecard-beside.rig.ts';
import { type ClusterMember, startCluster } from './gateways.rig.ts';
import { clusterMissing, startRedis } from './servers.rig.ts';
import { acceptedOf, byShowing, freshCodes, gateAt, type Kept, keptBy, startProxy } from './showing.rig.ts';

const missing = clusterMissing();
const PEOPLE_TOKEN = 'the-token-of-people';
const [BEFORE, MOVED, TWICE, ALONE, AFTER] = [10, 3, 20, 5, 5];

const isAloneAt = (gateway: string) => (kept: Kept) =>
  kept.gatewayId === gateway && kept.record.replay.scope === 'local';
const idOf = ({ record }: Kept) => record.answer.decisionId;

async function wordOf({ address }: ClusterMember) {
  const report = (await (await fetch(`${address.admin}/v1/cluster`)).json()) as ClusterReport;
  const [own] = report.members;
  if (own === undefined) throw new Error('it says nothing of itself');
  return own.word;
}

/** The last outages, once the platform has told of all that was accepted in them. */
async function settledOutages(member: ClusterMember) {
  const outages = async () => (await wordOf(member)).outages;
  await expect
    .poll(async () => (await outages()).every(({ accepted, compared }) => compared === accepted), {
      timeout: 60_000,
    })
    .toBe(true);
  return (await outages()).filter(({ twice }) => (twice ?? 0) > 0);
}

test.skipIf(missing)(
  'what one accepted while it was cut off from the store is found, every one',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onecard-detection-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const proxy = await startProxy(redis.port);
    onTestFinished(() => proxy.stop());
    const store = (url: string) => ({ store: { urls: [url], deadline_ms: 250 } });
    const cluster = await startCluster({
      cluster: { health: { every_ms: 200, gone_ms: 1_000 } },
      clusterOf: (at) => store(at === 2 ? proxy.url : redis.url),
      platform: { dataDir: join(folder, 'platform'), peopleToken: PEOPLE_TOKEN },
    });
    onTestFinished(() => cluster.stop());
    const [here, there, cutOff] = await Promise.all([0, 1, 2].map((at) => gateAt(cluster, at)));
    if (!here || !there || !cutOff) throw new Error('there are three');
    const codes = freshCodes(cluster.city, BEFORE + TWICE + ALONE + AFTER + MOVED);
    const next = (count: number) => codes.splice(0, count);
    const third = cluster.member(2);

    // On a busy machine an answer of the store may come too late without a cut: then it is decided alone too, and the
    // journals, which all is held against below, say so. So nothing of the times around the cut is asserted by the tap.
    for (const code of next(BEFORE)) await Promise.all([cutOff.show(code), here.show(code)]);
    // A gate that moves in mid-tap: the same tap, decided at two gateways.
    const stream = randomBytes(16);
    const [gone, come] = await Promise.all([gateAt(cluster, 0, stream), gateAt(cluster, 1, stream)]);
    for (const [seq, code] of next(MOVED).entries()) {
      expect(await gone.showAs(seq, code)).toMatchObject({ code: 'allow.good' });
      expect(await come.showAs(seq, code)).toMatchObject({ code: 'allow.good' });
    }
    proxy.cut();
    for (const code of next(TWICE)) {
      await Promise.all([here.show(code), there.show(code)]);
      expect(await cutOff.show(code)).toBe('allow.good');
      expect(await cutOff.show(code)).toBe('deny.replayed');
    }
    for (const code of next(ALONE)) expect(await cutOff.show(code)).toBe('allow.good');
    await expect.poll(async () => (await wordOf(third)).store?.reachable, { timeout: 60_000 }).toBe(false);
    proxy.heal();
    await expect.poll(async () => (await wordOf(third)).store?.reachable, { timeout: 60_000 }).toBe(true);
    for (const code of next(AFTER)) await Promise.all([cutOff.show(code), there.show(code)]);

    const { platform } = cluster;
    const records = BEFORE * 2 + TWICE * 4 + ALONE + AFTER * 2 + MOVED * 2;
    await expect.poll(() => platform.journalSummary().records, { timeout: 60_000 }).toBe(records);
    const { alone, doubles: twice, moved } = platform.replays.counts();
    expect(moved).toBe(MOVED);
    expect(twice).toBeGreaterThanOrEqual(TWICE);
    expect(alone).toBeGreaterThanOrEqual(TWICE + ALONE);

    // It is told what became of it, and says so.
    const [outage] = await settledOutages(third);
    expect(outage?.compared).toBe(outage?.accepted);
    expect(outage?.twice).toBeGreaterThanOrEqual(TWICE);
    const lines = third.logLines.map(({ msg }) => String(msg));
    const told = (text: string) => lines.filter((line) => line.startsWith(text)).length;
    expect(told('the store of the cluster does not answer')).toBeGreaterThan(0);
    expect(told('of what was accepted here alone, some was accepted elsewhere too')).toBeGreaterThan(0);
    const back = third.logLines.filter(({ msg }) =>
      String(msg).startsWith('the store of the cluster answers'),
    );
    expect(back.some(({ accepted_alone }) => Number(accepted_alone) > 0)).toBe(true);
    const metrics = await (await fetch(`${third.address.admin}/metrics`)).text();
    expect(Number(/^onecard_accepted_alone_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThanOrEqual(
      TWICE + ALONE,
    );
    expect(Number(/^onecard_accepted_twice (\d+)$/m.exec(metrics)?.[1])).toBe(outage?.twice);
    expect(metrics).not.toContain('onecard_bus_up');
    const status = await onecard(['cluster', 'status', '--gateway', third.address.admin]);
    expect(status.stdout).toContain(`${outage?.twice} of them accepted elsewhere too`);

    const tokenFile = join(folder, 'people');
    writeFileSync(tokenFile, PEOPLE_TOKEN);
    const asked = ['--platform', platform.url, '--token-file', tokenFile, '--format', 'json'];
    const fromPlatform = await onecard(['report', 'replays', ...asked]);
    expect([fromPlatform.status, fromPlatform.stderr]).toEqual([0, '']);
    const gatewaysToken = await fetch(`${platform.url}/v1/replays`, {
      headers: { authorization: 'Bearer cluster-test-token' },
    });
    expect(gatewaysToken.status).toBe(401);

    const showings = byShowing(await keptBy(cluster));
    const doubles = showings.map(acceptedOf).filter((each) => each.length > 1);
    // Of three the later two are each a double.
    expect(doubles.reduce((sum, each) => sum + each.length - 1, 0)).toBe(twice);
    // Every one that was shown elsewhere while it was cut off, of which this gateway knew nothing.
    const cutOffTwice = doubles.filter((each) => each.some(isAloneAt('gw-3')));
    expect(cutOffTwice.length).toBeGreaterThanOrEqual(TWICE);
    const pairs = doubles
      .flatMap((each) => {
        const [first, ...again] = each.toSorted(
          (a, b) => a.record.atMs - b.record.atMs || (a.gatewayId < b.gatewayId ? -1 : 1),
        );
        return again.map((other) => (first ? [idOf(first), idOf(other)].sort().join(' ') : ''));
      })
      .sort();
    interface Found {
      readonly double_acceptances: number;
      readonly doubles: readonly { readonly first: Named; readonly again: Named }[];
      readonly outages: readonly {
        readonly gateway: string;
        readonly accepted_alone: number;
        readonly accepted_twice: number;
      }[];
    }
    interface Named {
      readonly gateway: string;
      readonly id: string;
    }
    const pairsIn = ({ doubles: found }: Found) =>
      found
        .map(({ first, again }) =>
          [first, again]
            .map(({ gateway, id }) => `${gateway}:${id}`)
            .sort()
            .join(' '),
        )
        .sort();
    const whole = JSON.parse(fromPlatform.stdout) as Found;
    expect(pairsIn(whole)).toEqual(pairs);

    const local = showings
      .flat()
      .filter(({ record }) => record.replay.scope === 'local' && record.answer.outcome === 'allow');
    expect(local).toHaveLength(alone);
    const dataFolders = cluster.members.map(({ dataFolder }) => dataFolder);
    for (const journals of [dataFolders, [join(folder, 'platform')]]) {
      const onDisk = await onecard(['report', 'replays', '--journal', ...journals, '--format', 'json']);
      expect([onDisk.status, onDisk.stderr]).toEqual([0, '']);
      const found = JSON.parse(onDisk.stdout) as Found;
      expect(pairsIn(found)).toEqual(pairs);
      expect(found.outages).toEqual(whole.outages);
      const sum = found.outages.reduce((total, each) => total + each.accepted_alone, 0);
      expect(sum).toBe(alone);
      const doublesIn = (gateway: string) =>
        found.outages.reduce(
          (total, each) => total + (each.gateway === gateway ? each.accepted_twice : 0),
          0,
        );
      expect(doublesIn('gw-3')).toBe(doubles.filter((each) => each.some(isAloneAt('gw-3'))).length);
    }
    const csv = await onecard(['report', 'replays', '--journal', ...dataFolders, '--format', 'csv']);
    expect(csv.lines).toHaveLength(1 + twice);
    const table = await onecard(['report', 'replays', '--journal', ...dataFolders]);
    expect(table.stdout).toContain(
      `${doubles.length} presentations accepted more than once, ${twice} acceptances too many.`,
    );
  },
);
