/**
 * The journal by the bus: whatever becomes of servers, links and the platform, each record is at the platform once in the
 * end, and nothing is confirmed that is not.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import {
  CLUSTER_NAME,
  type ClusterMember,
  type ClusterOptions,
  startCluster,
  type TestCluster,
} from './gateways.rig.ts';
import { type JournalLoad, journalOf, keptAtPlatform, startJournalLoad } from './journal-load.rig.ts';
import { clusterMissing, type NatsServer, startNats } from './servers.rig.ts';

const missing = clusterMissing();
const EVENTUALLY = { timeout: 60_000, interval: 100 } as const;

async function natsHere(): Promise<NatsServer> {
  const nats = await startNats();
  onTestFinished(() => nats.stop());
  return nats;
}

interface OnBus {
  readonly cluster: TestCluster;
  readonly platformFolder: string;
}

async function clusterOn(nats: { readonly url: string }, options: ClusterOptions = {}): Promise<OnBus> {
  const platformFolder = join(temporaryFolder(), 'platform');
  mkdirSync(platformFolder);
  const cluster = await startCluster({
    ...options,
    cluster: { bus: { servers: [nats.url], upload_records: 20 } },
    platform: {
      bus: { cluster: CLUSTER_NAME, servers: [nats.url] },
      dataDir: platformFolder,
      ...options.platform,
    },
  });
  onTestFinished(() => cluster.stop());
  return { cluster, platformFolder };
}

/** All that the gateways hold is at the platform once, as they hold it, and they know. */
async function expectEachOnce({ cluster, platformFolder }: OnBus, load: JournalLoad): Promise<void> {
  await load.stop();
  const { members, platform } = cluster;
  await expect
    .poll(() => platform.journalSummary().gateways, EVENTUALLY)
    .toEqual(Object.fromEntries(load.answered));
  await Promise.all(members.map((member) => member.stop()));
  for (const member of members) await expectWhole(member, platformFolder, load);
  for (const { gatewayId } of members) {
    const { checkpoints, summary } = platform.checkpoints(gatewayId);
    expect(checkpoints.at(-1)?.state).toBe('verified');
    expect(summary).toMatchObject({ inconsistent: 0, pending: 0, refused: 0 });
  }
}

async function expectWhole(member: ClusterMember, platformFolder: string, load: JournalLoad): Promise<void> {
  const held = await journalOf(member);
  const kept = keptAtPlatform(platformFolder, member.gatewayId);
  expect(held.last).toBe(load.answered.get(member.gatewayId));
  expect(kept.twice).toEqual([]);
  expect(kept.records).toEqual(held.records);
  expect(held.confirmed).toBe(held.last);
}

test.skipIf(missing)(
  'NATS is killed under load, several times: each record of three gateways is at the platform once',
  async () => {
    const nats = await natsHere();
    const on = await clusterOn(nats);
    const load = await startJournalLoad(on.cluster);
    for (let times = 0; times < 3; times += 1) {
      await load.more(300);
      await nats.kill();
      await load.more(100);
      await nats.restart();
    }
    await load.more(200);
    await expectEachOnce(on, load);
    expect(on.cluster.platform.busJournalSummary()).toMatchObject({ refused: 0 });
    expect(on.cluster.platform.busJournalSummary()?.messages).toBeGreaterThan(30);
  },
);
