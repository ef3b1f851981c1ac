/**
 * The journal by the bus: whatever becomes of servers, links and the platform, each record is at the platform once in the
 * end, as the gateway holds it, and nothing is confirmed that is not there.
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats, headers } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { busNames } from '../../gateway/cluster/bus/subjects.ts';
import { uploadBody } from '../../gateway/outbox/upload-body.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import {
  CLUSTER_NAME,
  type ClusterMember,
  type ClusterOptions,
  startCluster,
  type TestCluster,
} from './gateways.rig.ts';
import { hostsMissing, makeNetwork } from './hosts.rig.ts';
import { type JournalLoad, journalOf, keptAtPlatform, startJournalLoad } from './journal-load.rig.ts';
import { type PlatformOnBus, startPlatformOnBus } from './platform-on-bus.rig.ts';
import { clusterMissing, type NatsOptions, type NatsServer, startNats } from './servers.rig.ts';
import { startTcpProxy } from './tcp-proxy.rig.ts';

const missing = clusterMissing();
const names = busNames(CLUSTER_NAME);
const EVENTUALLY = { timeout: 60_000, interval: 50 } as const;
/** Over HTTP nothing can be handed in then: what arrives came by the bus. */
const NO_HTTP = { fault: 'garbage' } as const;

async function natsHere(options: NatsOptions = {}): Promise<NatsServer> {
  const nats = await startNats(options);
  onTestFinished(() => nats.stop());
  return nats;
}

interface OnBus {
  readonly cluster: TestCluster;
  readonly platformFolder: string;
}

interface OnBusOptions extends ClusterOptions {
  /** Laid over `cluster.bus`. */
  readonly bus?: Readonly<Record<string, unknown>>;
  /** Address by which the platform reaches the bus; default: that of the gateways. */
  readonly platformNats?: string;
}

async function clusterOn(nats: { readonly url: string }, options: OnBusOptions = {}): Promise<OnBus> {
  const { bus, platformNats = nats.url, ...more } = options;
  const platformFolder = join(temporaryFolder(), 'platform');
  mkdirSync(platformFolder);
  const cluster = await startCluster({
    ...more,
    cluster: { ...more.cluster, bus: { servers: [nats.url], upload_records: 20, ...bus } },
    platform: {
      bus: { cluster: CLUSTER_NAME, servers: [platformNats] },
      dataDir: platformFolder,
    },
  });
  onTestFinished(() => cluster.stop());
  return { cluster, platformFolder };
}

/** Asks the servers, beside the cluster. */
async function asking<T>(nats: NatsServer, ask: (manager: JetStreamManager) => Promise<T>): Promise<T> {
  const connection = await connectNats({ servers: nats.url });
  try {
    return await ask(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

const messagesIn = (nats: NatsServer) =>
  asking(nats, async (manager) => (await manager.streams.info(names.journals)).state.messages);

const told = ({ logLines }: ClusterMember, what: string, fault: string) =>
  logLines.filter((line) => line['what'] === what && line['fault'] === fault);

/** All that the gateways hold is at the platform once, as they hold it, and they know. */
async function expectEachOnce(on: OnBus, load: JournalLoad): Promise<void> {
  const { members, platform } = on.cluster;
  await load.stop();
  await expect
    .poll(() => platform.journalSummary().gateways, EVENTUALLY)
    .toEqual(Object.fromEntries(load.answered));
  platform.setFault(null);
  await Promise.all(members.map((member) => member.stop()));
  await expectWhole(on, load);
}

/** Of gateways that have stopped. */
async function expectWhole({ cluster, platformFolder }: OnBus, load: JournalLoad): Promise<void> {
  for (const { dataFolder, gatewayId } of cluster.members) {
    const held = await journalOf(dataFolder);
    const kept = keptAtPlatform(platformFolder, gatewayId);
    expect(held.last).toBe(load.answered.get(gatewayId));
    expect(kept.twice).toEqual([]);
    expect(kept.records).toEqual(held.records);
    expect(held.confirmed).toBe(held.last);
    const { checkpoints, summary } = cluster.platform.checkpoints(gatewayId);
    expect(checkpoints.at(-1)?.state).toBe('verified');
    expect(summary).toMatchObject({ inconsistent: 0, pending: 0, refused: 0 });
  }
}

test.skipIf(missing)('NATS is killed under load: the records of three gateways arrive once', async () => {
  const nats = await natsHere();
  const on = await clusterOn(nats);
  const { platform } = on.cluster;
  platform.setFault(NO_HTTP);
  const load = await startJournalLoad(on.cluster);
  for (let times = 0; times < 3; times += 1) {
    await load.more(100);
    await nats.kill();
    await load.more(20);
    await nats.restart();
  }
  await load.more(60);
  await expectEachOnce(on, load);
  // What the servers acknowledged was not published again, nor what they stored without saying so.
  expect(platform.journalSummary().duplicates).toBe(0);
  expect(platform.busJournalSummary()).toMatchObject({ refused: 0, news: {} });
});

test.skipIf(missing)(
  'NATS loses its last messages, then all: what it had acknowledged is sent again',
  async () => {
    const nats = await natsHere();
    const on = await clusterOn(nats, { gateways: 1 });
    const { platform, members } = on.cluster;
    const load = await startJournalLoad(on.cluster);
    await load.more(60);
    const store = join(nats.folder, 'jetstream');
    const before = join(temporaryFolder(), 'jetstream');
    let losses = 0;
    for (const losing of ['last', 'all']) {
      await nats.kill();
      cpSync(store, before, { recursive: true });
      await nats.restart();
      // From here on nothing is read, over HTTP neither.
      platform.setFault({ fault: 'down' });
      const then = await messagesIn(nats);
      await expect.poll(() => messagesIn(nats), EVENTUALLY).toBeGreaterThan(then + 3);
      await nats.kill();
      if (losing === 'last') {
        rmSync(store, { recursive: true });
        cpSync(before, store, { recursive: true });
        rmSync(before, { recursive: true });
      }
      await nats.restart({ empty: losing === 'all' });
      platform.setFault(NO_HTTP);
      losses += 1;
      const lost = () => members.flatMap((member) => told(member, 'bus_journal', 'storage')).length;
      await expect.poll(lost, EVENTUALLY).toBe(losses);
    }
    // At the stop there is no bus at all: HTTP takes the rest.
    platform.setFault(null);
    await nats.kill();
    await load.more(40);
    await load.stop();
    await Promise.all(members.map((member) => member.stop()));
    await expectWhole(on, load);
  },
);

test.skipIf(missing)('the platform is killed under load: it goes on where it stood', async () => {
  const nats = await natsHere();
  const platformFolder = join(temporaryFolder(), 'platform');
  mkdirSync(platformFolder);
  const platform: PlatformOnBus = await startPlatformOnBus(platformFolder, nats.url);
  onTestFinished(() => platform.kill());
  const cluster = await startCluster({
    gateways: 2,
    cluster: { bus: { servers: [nats.url], upload_records: 20 } },
    settings: { platform: { url: platform.url } },
  });
  onTestFinished(() => cluster.stop());
  const load = await startJournalLoad(cluster);
  for (let times = 0; times < 2; times += 1) {
    await load.more(100);
    await platform.kill();
    await load.more(60);
    await platform.restart();
  }
  await load.more(40);
  await load.stop();
  const all = Object.fromEntries(load.answered);
  await expect.poll(async () => (await platform.summary()).gateways, EVENTUALLY).toEqual(all);
  await Promise.all(cluster.members.map((member) => member.stop()));
  await platform.kill();
  for (const { dataFolder, gatewayId } of cluster.members) {
    const held = await journalOf(dataFolder);
    const kept = keptAtPlatform(platformFolder, gatewayId);
    expect(kept.twice).toEqual([]);
    expect(kept.records).toEqual(held.records);
    expect(held.confirmed).toBe(held.last);
  }
});

test.skipIf(missing)(
  'the platform reads no bus for long: HTTP takes over, and what the stream holds is kept once',
  async () => {
    const nats = await natsHere();
    const proxy = await startTcpProxy(nats.port);
    onTestFinished(() => proxy.stop());
    const platformNats = `nats://127.0.0.1:${proxy.port}`;
    const on = await clusterOn(nats, { gateways: 1, bus: { fallback_ms: 1_000 }, platformNats });
    const { platform, members } = on.cluster;
    const load = await startJournalLoad(on.cluster);
    await load.more(100);
    const messages = () => platform.busJournalSummary()?.messages ?? 0;
    await expect.poll(messages, EVENTUALLY).toBeGreaterThan(0);
    proxy.hold();
    const answered = () => platform.journalSummary().records;
    // Those that wait now can come over HTTP only.
    await load.more(200);
    const waiting = load.answered.get('gw-1') ?? 0;
    await expect.poll(answered, EVENTUALLY).toBeGreaterThanOrEqual(waiting);
    expect(members.flatMap((member) => told(member, 'journal', 'timeout'))).not.toEqual([]);
    proxy.flow();
    await expect.poll(() => platform.journalSummary().duplicates, EVENTUALLY).toBeGreaterThan(0);
    const again = messages();
    await load.more(100);
    await expect.poll(messages, EVENTUALLY).toBeGreaterThan(again);
    await expectEachOnce(on, load);
  },
);

test.skipIf(missing)('the stream is full: that is told, records wait, and nothing is lost', async () => {
  const nats = await natsHere();
  const on = await clusterOn(nats, { gateways: 1 });
  const { platform, members } = on.cluster;
  const load = await startJournalLoad(on.cluster);
  await load.more(20);
  await asking(nats, (manager) => manager.streams.update(names.journals, { max_bytes: 32_768 }));
  platform.setFault({ fault: 'down' });
  const full = () => members.flatMap((member) => told(member, 'bus_journal', 'full'));
  await expect.poll(full, EVENTUALLY).not.toEqual([]);
  platform.setFault(NO_HTTP);
  await load.more(200);
  await expectEachOnce(on, load);
});

test.skipIf(missing)(
  'hostile messages are refused one by one, forged confirmations are not believed, and a stop hands in by the bus',
  async () => {
    const nats = await natsHere();
    const on = await clusterOn(nats, { gateways: 2 });
    const { platform, members } = on.cluster;
    const attacker = await connectNats({ servers: nats.url });
    onTestFinished(() => attacker.close());
    platform.setFault(NO_HTTP);
    const load = await startJournalLoad(on.cluster);
    await load.more(40);
    const record = Uint8Array.of(1, 2, 3);
    const ofAnother = uploadBody('gw-1', { epoch: '0'.repeat(16), first: 1, records: [Buffer.from(record)] });
    const hostile: readonly (readonly [string, string | Uint8Array])[] = [
      [names.journal('gw-9'), 'nothing that can be read'],
      [names.journal('gw-9'), ofAnother],
      [names.report('gw-9', 'epochs'), '{"gateway":"gw-9","epoch":"x"}'],
      [names.report('gw-9', 'checkpoints'), JSON.stringify({ gateway: 'gw-1', key: '', checkpoint: '' })],
      [`${names.journal('gw-9')}.unheard-of`, '{}'],
      [names.journal('GW/9'), 'no gateway'],
    ];
    for (const [subject, body] of hostile) attacker.publish(subject, body);
    const forged = { gateway: 'gw-1', made: '', through: 1_000_000, answers: [] };
    const sealed = headers();
    sealed.set('onecard-seal', 'a.b.c');
    attacker.publish(names.confirm('gw-1'), JSON.stringify(forged), { headers: sealed });
    await attacker.flush();
    await expect.poll(() => platform.busJournalSummary()?.refused, EVENTUALLY).toBe(hostile.length);
    await expect
      .poll(() => members.flatMap((member) => told(member, 'bus_journal', 'signature')), EVENTUALLY)
      .not.toEqual([]);
    await load.more(40);
    await load.stop();
    // Nothing is waited for: what is not handed in yet is by the stop.
    await Promise.all(members.map((member) => member.stop()));
    expect(platform.journalSummary().gateways).toEqual(Object.fromEntries(load.answered));
    expect(Object.keys(platform.journalSummary().gateways)).not.toContain('gw-9');
    for (const { dataFolder } of members) {
      const { last, confirmed } = await journalOf(dataFolder);
      expect(confirmed).toBe(last);
    }
  },
);

test.skipIf(missing)(
  'a folder that was put back is told so by the bus, and names its records anew',
  async () => {
    const nats = await natsHere();
    const { cluster, platformFolder } = await clusterOn(nats, { gateways: 1 });
    const { platform } = cluster;
    const member = cluster.member(0);
    const older = join(temporaryFolder(), 'older');
    const tapped = async (count: number) => {
      const load = await startJournalLoad(cluster);
      await load.more(count);
      await load.stop();
      return load.answered.get(member.gatewayId) ?? 0;
    };
    const before = await tapped(20);
    await member.stop();
    cpSync(member.dataFolder, older, { recursive: true });
    await member.start();
    const lost = await tapped(40);
    await member.stop();
    rmSync(member.dataFolder, { recursive: true });
    cpSync(older, member.dataFolder, { recursive: true });
    // Over HTTP nobody can ask what the platform holds: the conflict is found by what is sent.
    platform.setFault(NO_HTTP);
    await member.start();
    const after = await tapped(60);
    const all = before + lost + after;
    await expect.poll(() => platform.journalSummary().records, EVENTUALLY).toBe(all);
    const { conflicts, forks } = platform.journalSummary();
    expect(conflicts).toBeGreaterThan(0);
    expect(forks[member.gatewayId]).toHaveLength(1);
    await member.stop();
    const held = await journalOf(member.dataFolder);
    const kept = keptAtPlatform(platformFolder, member.gatewayId);
    expect(held.records.size).toBe(before + after);
    for (const [name, record] of held.records) expect(kept.records.get(name)).toBe(record);
    expect(held.confirmed).toBe(held.last);
  },
);

const CUTS_S = process.env['ONECARD_FULL'] === '1' ? [4, 25, 120] : [4, 25];

test.skipIf(missing ?? hostsMissing())(
  'the link to NATS is cut and healed: the records of three gateways arrive once',
  async () => {
    const network = makeNetwork();
    onTestFinished(() => network.remove());
    const host = network.host('hub');
    const nats = await natsHere({ host });
    const on = await clusterOn(nats, {
      cluster: { expose_by_plain_connections: true },
    });
    const { platform } = on.cluster;
    platform.setFault(NO_HTTP);
    const load = await startJournalLoad(on.cluster, 5);
    await load.more(40);
    for (const seconds of CUTS_S) {
      const before = platform.busJournalSummary()?.messages ?? 0;
      host.cut();
      await sleep(seconds * 1_000);
      host.heal();
      await expect.poll(() => platform.busJournalSummary()?.messages, EVENTUALLY).toBeGreaterThan(before);
    }
    await load.more(40);
    // What was read and not yet confirmed at the cut may come again; it is kept once.
    await expectEachOnce(on, load);
  },
);
