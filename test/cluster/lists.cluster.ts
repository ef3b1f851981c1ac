/** Trust and lists by the bus, at whole gateways: through kills, an empty restart, forged messages, with and without HTTP. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JetStreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { loadScenes } from '../../config/scenes.ts';
import { PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { freePort } from '../system/gateway-under-test.rig.ts';
import {
  carried,
  caughtUp,
  clusterOn,
  deltasAt,
  faultsAt,
  faultsWhileCarried,
  NAMES,
  publishDelta,
  revisionsAt,
  server,
  stranger,
} from './bus-lists.rig.ts';
import { clusterMissing } from './servers.rig.ts';

const missing = clusterMissing();
const SHIPPED = loadScenes(PRESENTABLE_FAMILIES).document;

async function inStream(manager: JetStreamManager, stream: string): Promise<number> {
  return (await manager.streams.info(stream)).state.last_seq;
}

/** As the newest message with deltas, but for its head and what it brings. */
async function forgedFrom(manager: JetStreamManager): Promise<string> {
  const own = await manager.streams.getMessage(NAMES.lists, { last_by_subj: NAMES.deltas });
  const { head, ...rest } = JSON.parse(Buffer.from(own?.data ?? []).toString()) as { readonly head: string };
  return JSON.stringify({ ...rest, head: newerByClaim(head), deltas: ['e30.e30.AAAA'] });
}

/** Says that it is of now and far ahead; its signature is that of another. */
function newerByClaim(head: string): string {
  const [header, payload = '', signature] = head.split('.');
  const said = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly revision: number };
  const more = { ...said, revision: said.revision + 100, issuedAtMs: Date.now() };
  return [header, Buffer.from(JSON.stringify(more)).toString('base64url'), signature].join('.');
}

test.skipIf(missing)(
  'deltas, trust, named lists and the city come by the bus while the platform answers nobody',
  async () => {
    const nats = await server();
    const cluster = await clusterOn(nats, { settings: { platform: { follow_city: true } } });
    const { platform, members, city } = cluster;
    await publishDelta(cluster, 1);
    await carried(cluster);
    platform.setFault({ fault: 'down' });
    await publishDelta(cluster, 2);
    await caughtUp(cluster);
    await platform.publish({ named: { 'lost-bags': [{ index: 3 }] }, trust: { ...city.trustDocument() } });
    const saw = (text: string, count: number) =>
      expect
        .poll(
          () =>
            members.map(
              ({ logLines }) => logLines.filter((line) => JSON.stringify(line).includes(text)).length,
            ),
          {
            timeout: 15_000,
          },
        )
        .toEqual(members.map(() => count));
    await saw('"list":"lost-bags"', 1);
    await platform.publish({ named: { 'lost-bags': null } });
    await saw('a list is no longer published', 1);
    await platform.publish({ city: { ...(SHIPPED as object), revision: 'by-the-bus' } });
    await saw('"revision":"by-the-bus', 1);
    // Nothing was asked over HTTP while the bus carried, or that would have failed.
    // What had not come yet when it began to carry may be asked for once.
    for (const member of members) {
      const faults = faultsWhileCarried(member);
      expect(faults.filter((fault) => fault !== 'cards unreachable')).toEqual([]);
      expect(faults.length).toBeLessThanOrEqual(1);
    }
  },
);

test.skipIf(missing)(
  'NATS is killed and restarted under load: every revision is taken once, in order, at each',
  async () => {
    const nats = await server();
    const cluster = await clusterOn(nats);
    await publishDelta(cluster, 1);
    await carried(cluster);
    cluster.platform.setFault({ fault: 'down' });
    await caughtUp(cluster);
    const before = await Promise.all(cluster.members.map(deltasAt));
    const from = cluster.platform.head.revision;
    for (let at = 0; at < 120; at += 1) {
      await publishDelta(cluster, at % 50, at % 2 === 0 ? 'lost' : 'suspended');
      if (at % 40 === 20) await nats.restart();
    }
    await caughtUp(cluster);
    const published = cluster.platform.head.revision - from;
    expect(published).toBeGreaterThan(100);
    for (const [at, member] of cluster.members.entries()) {
      expect((await deltasAt(member)) - (before[at] ?? 0)).toBe(published);
      const revisions = revisionsAt(member);
      expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
    }
  },
);

test.skipIf(missing)('NATS restarted empty is filled again from the publication log', async () => {
  const nats = await server();
  const cluster = await clusterOn(nats);
  await carried(cluster);
  cluster.platform.setFault({ fault: 'down' });
  await nats.kill();
  await publishDelta(cluster, 2);
  await publishDelta(cluster, 3);
  await nats.restart({ empty: true });
  await caughtUp(cluster);
  await publishDelta(cluster, 4);
  await caughtUp(cluster);
  for (const member of cluster.members) {
    expect(revisionsAt(member).at(-1)).toBe(cluster.platform.head.revision);
  }
});

test.skipIf(missing)(
  'one that was away goes on from its cursor, though the platform answers nobody',
  async () => {
    const nats = await server();
    const cluster = await clusterOn(nats, { gateways: 1 });
    const member = cluster.member(0);
    await carried(cluster);
    await caughtUp(cluster);
    await member.stop();
    const { jetstream } = await stranger(nats);
    const manager = await jetstream.jetstreamManager();
    for (let index = 2; index < 9; index += 1) {
      const before = await inStream(manager, NAMES.lists);
      await publishDelta(cluster, index);
      await expect.poll(() => inStream(manager, NAMES.lists), { timeout: 10_000 }).toBeGreaterThan(before);
      if (index === 5) await jetstream.publish(NAMES.deltas, await forgedFrom(manager));
    }
    cluster.platform.setFault({ fault: 'down' });
    await member.start();
    await caughtUp(cluster);
    expect(await deltasAt(member)).toBe(7);
    expect(faultsAt(member)).toContain('cards signature');
  },
);

test.skipIf(missing)(
  'what is gone from the stream is fetched over HTTP, and the bus carries on',
  async () => {
    const nats = await server();
    const cluster = await clusterOn(nats, { gateways: 1 });
    const member = cluster.member(0);
    await publishDelta(cluster, 1);
    await carried(cluster);
    await member.stop();
    for (let index = 2; index < 6; index += 1) await publishDelta(cluster, index);
    const { jetstream } = await stranger(nats);
    const manager = await jetstream.jetstreamManager();
    await expect
      .poll(async () => (await manager.streams.info(NAMES.lists)).state.last_seq, { timeout: 10_000 })
      .toBeGreaterThan(4);
    await manager.streams.purge(NAMES.lists);
    await member.start();
    await caughtUp(cluster);
    await publishDelta(cluster, 7);
    await carried(cluster);
    cluster.platform.setFault({ fault: 'down' });
    await publishDelta(cluster, 8);
    await caughtUp(cluster);
  },
);

test.skipIf(missing)(
  'forged, truncated, foreign and too large messages are refused and told, and hold nothing up',
  async () => {
    const nats = await server();
    const cluster = await clusterOn(nats, { gateways: 2 });
    const foreign = await clusterOn(nats, {
      gateways: 0,
      city: { seed: 'another city' },
      platform: { bus: { cluster: 'other-city', servers: [nats.url] } },
    });
    await publishDelta(cluster, 1);
    await carried(cluster);
    cluster.platform.setFault({ fault: 'down' });
    const { jetstream } = await stranger(nats);
    const manager = await jetstream.jetstreamManager();
    await publishDelta(foreign, 1);
    await expect.poll(() => inStream(manager, 'ONECARD_other-city_LISTS')).toBeGreaterThan(2);
    const ofOthers = await manager.streams.getMessage('ONECARD_other-city_LISTS', {
      last_by_subj: 'onecard.other-city.lists.deltas',
    });
    const metadataOfOthers = await manager.streams.getMessage('ONECARD_other-city_LISTS', {
      last_by_subj: 'onecard.other-city.lists.metadata',
    });
    const own = await manager.streams.getMessage(NAMES.lists, { last_by_subj: NAMES.deltas });
    const text = Buffer.from(own?.data ?? []).toString();
    const forged = await forgedFrom(manager);
    const described = headers();
    described.set('Onecard-Path', `targets/${'0'.repeat(64)}.trust.json`);
    await jetstream.publish(NAMES.deltas, ofOthers?.data ?? 'missing');
    await jetstream.publish(NAMES.metadata, metadataOfOthers?.data ?? 'missing');
    await jetstream.publish(NAMES.deltas, text.slice(0, -20));
    await jetstream.publish(NAMES.deltas, forged);
    await jetstream.publish(NAMES.deltas, ' '.repeat(600_000));
    await jetstream.publish(NAMES.files, 'another trust', { headers: described });
    await jetstream.publish(NAMES.metadata, '{"v":1,"metadata":{"../../trust.json":"x"}}');
    await publishDelta(cluster, 2);
    await caughtUp(cluster);
    for (const member of cluster.members) {
      const faults = faultsAt(member);
      // More where several came together: first as one, then each alone.
      expect(faults.filter((fault) => fault === 'cards signature').length).toBeGreaterThanOrEqual(2);
      expect(faults).toContain('bus signature');
      expect(faults.filter((fault) => fault === 'bus malformed')).toHaveLength(2);
      expect(faults.filter((fault) => fault === 'bus oversized')).toHaveLength(1);
      expect(faults.filter((fault) => fault === 'bus target_mismatch')).toHaveLength(1);
    }
    await publishDelta(cluster, 3);
    await caughtUp(cluster);
  },
);

test.skipIf(missing)('a delta too large for a message is fetched over HTTP', async () => {
  const nats = await server();
  const bus = {
    cluster: 'test-city',
    servers: [nats.url],
    pingMs: 200,
    reconnectMs: 50,
    messageBytes: 6_000,
  };
  const cluster = await clusterOn(nats, { gateways: 1, cards: 400, platform: { bus } });
  await carried(cluster);
  const cards = Array.from({ length: 300 }, (_, index) => ({ index: index + 2, state: 'lost' as const }));
  await cluster.platform.publish({ cards });
  await caughtUp(cluster);
  expect(faultsAt(cluster.member(0)).filter((fault) => fault !== 'cards gap')).toEqual([]);
  await publishDelta(cluster, 350);
  await caughtUp(cluster);
});

test.skipIf(missing)('a platform that starts again publishes what the stream does not have', async () => {
  const nats = await server();
  const folder = mkdtempSync(join(tmpdir(), 'onecard-platform-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const cluster = await clusterOn(nats, { gateways: 1, platform: { dataDir: folder, port } });
  await carried(cluster);
  await caughtUp(cluster);
  const before = await deltasAt(cluster.member(0));
  const { revision } = cluster.platform.head;
  await nats.kill();
  await publishDelta(cluster, 2);
  await publishDelta(cluster, 3);
  await cluster.platform.stop();
  await nats.restart();
  await cluster.platform.start();
  cluster.platform.setFault({ fault: 'down' });
  await caughtUp(cluster);
  expect((await deltasAt(cluster.member(0))) - before).toBe(cluster.platform.head.revision - revision);
  await publishDelta(cluster, 4);
  await caughtUp(cluster);
});
