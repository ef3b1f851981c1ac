/**
 * Stations: the gateway stands beside a leaf node, follows the hub by its own cursor over it, works alone when the link is
 * cut, says so, and reconciles after.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { TestClocks } from '../composed/composed-gateway.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { carried, caughtUp, faultsAt, publishDelta, revisionsAt, toldAt } from './bus-lists.rig.ts';
import { CLUSTER_NAME, startCluster } from './gateways.rig.ts';
import { hostsMissing, makeNetwork, type TestHost, type TestNetwork } from './hosts.rig.ts';
import { startProcesses } from './processes.rig.ts';
import { clusterMissing, type NatsServer, startNats } from './servers.rig.ts';
import { gateAt } from './showing.rig.ts';

const missing = clusterMissing() ?? hostsMissing();
const HUB = 'hub';
const DAY_MS = 86_400_000;
/** By default a server looks whether the other side lives once in two minutes: a link that is cut hangs for as long. */
const WATCHFUL = 'ping_interval: "1s"\nping_max: 2';
const CUTS_MS = [4_000, 25_000, ...(process.env['ONECARD_FULL'] === '1' ? [120_000] : [])];

function network(): TestNetwork {
  const made = makeNetwork();
  onTestFinished(() => made.remove());
  return made;
}

async function hubAt(host: TestHost): Promise<NatsServer> {
  const hub = await startNats({ host, domain: HUB, takesLeaves: true, more: WATCHFUL });
  onTestFinished(() => hub.stop());
  return hub;
}

async function leafOf(hub: NatsServer, name: string, host?: TestHost): Promise<NatsServer> {
  const leaf = await startNats({ ...(host && { host }), domain: name, leafOf: hub.leafUrl, more: WATCHFUL });
  onTestFinished(() => leaf.stop());
  return leaf;
}

test.skipIf(missing)(
  'stations whose links are cut work alone and say so, and have every delta soon after they are healed',
  async () => {
    const net = network();
    const hub = await hubAt(net.host(HUB));
    const hosts = CUTS_MS.map((ms) => net.host(`station-${ms}`));
    const leaves = await Promise.all(hosts.map((host, at) => leafOf(hub, `station-${at}`, host)));
    const cluster = await startProcesses({
      gateways: hosts.length,
      hosts,
      clusterOf: (at) => ({
        station: `station-${at}`,
        bus: { servers: [leaves[at]?.url ?? ''], domain: HUB },
        expose_by_plain_connections: true,
      }),
      settings: { platform: { expose_token_and_journal_by_plain_http: true } },
      platform: { host: net.address, bus: { cluster: CLUSTER_NAME, servers: [hub.url] } },
    });
    onTestFinished(() => cluster.stop());
    await carried(cluster);
    await caughtUp(cluster);
    const before = cluster.members.map((member) => revisionsAt(member).at(-1));
    await Promise.all(
      CUTS_MS.map(async (ms, at) => {
        const [host, member] = [hosts[at], cluster.member(at)];
        host?.cut();
        for (let index = 0; index < 3; index += 1) await publishDelta(cluster, 10 * at + index + 2);
        await sleep(ms);
        expect(revisionsAt(member).at(-1)).toBe(before[at]);
        const healedAt = performance.now();
        host?.heal();
        await caughtUp(cluster, 30_000, [member]);
        const tookMs = Math.round(performance.now() - healedAt);
        console.info(`link cut for ${ms / 1_000} s: every delta ${tookMs} ms after healing`);
      }),
    );
    await caughtUp(cluster, 30_000);
    for (const [at, member] of cluster.members.entries()) {
      const station = `station-${at}`;
      // What is shorter may pass unnoticed.
      if ((CUTS_MS[at] ?? 0) < 10_000) continue;
      expect(toldAt(member, 'the bus is cut; the gateway works on alone')).toMatchObject([{ station }]);
      await expect.poll(() => toldAt(member, 'the bus is reached').at(-1)).toMatchObject({ station });
      const revisions = revisionsAt(member);
      expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
      expect(faultsAt(member).filter((fault) => fault.startsWith('bus m'))).toEqual([]);
    }
  },
);

test.skipIf(missing)(
  'a station cut off for a day: what it decided alone is handed in and judged again, and its lists are fresh',
  async () => {
    const net = network();
    const host = net.host(HUB);
    const hub = await hubAt(host);
    const leaf = await leafOf(hub, 'station-day');
    const clocks = new TestClocks(Math.floor(Date.now() / 1_000) * 1_000);
    const cluster = await startCluster({
      gateways: 1,
      clocks,
      cluster: { station: 'station-day', bus: { servers: [leaf.url], domain: HUB } },
      settings: { platform: { poll_ms: 100, delta_wait_ms: 100 } },
      platform: { now: clocks.now, bus: { cluster: CLUSTER_NAME, servers: [hub.url] } },
    });
    onTestFinished(() => cluster.stop());
    const { platform, city } = cluster;
    const member = cluster.member(0);
    await carried(cluster);
    await caughtUp(cluster);
    const inForce = revisionsAt(member).at(-1);
    host.cut();
    platform.setFault({ fault: 'down' });
    await expect.poll(() => toldAt(member, 'the bus is cut'), { timeout: 20_000 }).toHaveLength(1);
    clocks.pass(DAY_MS);
    const gate = await gateAt(cluster, 0);
    const cards = goodCards(city, 'sm2').filter((card) => card > 1);
    const codes = cards.map(
      (card) => rideCodeOf(city, card, { nowMs: clocks.now(), validity_s: 600 }).binary,
    );
    const answers: string[] = [];
    for (const code of codes) answers.push(await gate.show(code));
    expect(answers.filter((code) => code.startsWith('allow'))).toHaveLength(codes.length);
    await gate.bye();
    const [lost = 0] = cards;
    await platform.publish({ cards: [{ index: lost, state: 'lost' }] });
    expect(revisionsAt(member).at(-1)).toBe(inForce);
    const recordsBefore = platform.journalSummary().records;
    host.heal();
    platform.setFault(null);
    await caughtUp(cluster, 60_000);
    await expect
      .poll(() => platform.journalSummary().records - recordsBefore, { timeout: 30_000 })
      .toBe(codes.length);
    await expect
      .poll(() => platform.rejudgements().changes, { timeout: 30_000 })
      .toEqual({ 'allow>deny': 1 });
    const again = await gateAt(cluster, 0);
    clocks.pass(2_000);
    const { binary } = rideCodeOf(city, lost, { nowMs: clocks.now(), validity_s: 600 });
    expect(await again.show(binary)).toBe('deny.status_lost');
    await again.bye();
  },
);
