/** What a record costs the gateway on its way to the platform, by the bus and over HTTP. Only with ONECARD_FULL=1. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openBus } from '../../gateway/cluster/bus/connect.ts';
import { openJournal } from '../../gateway/journal/lmdb-journal.ts';
import { openOutboxReader } from '../../gateway/journal/outbox-reader.ts';
import { statusKeysOf } from '../../gateway/knowledge/trust/status-keys.ts';
import { journalRouteOver } from '../../gateway/link/journal-route.ts';
import { Outbox } from '../../gateway/outbox/outbox.ts';
import { overHttp } from '../../gateway/outbox/upload-route.ts';
import { trustOf } from '../../platform/authority/profiles.ts';
import { createCity } from '../../platform/city.ts';
import { TEST_CRYPTO, TEST_PROFILE } from '../crypto-profile.rig.ts';
import { sampleRecords } from '../unit/gateway/journal/sample-records.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { CLUSTER_CITY, CLUSTER_NAME, PLATFORM_TOKEN } from './gateways.rig.ts';
import { startPlatformOnBus } from './platform-on-bus.rig.ts';
import { clusterMissing, startNats } from './servers.rig.ts';
import { startTcpProxy } from './tcp-proxy.rig.ts';

const RECORDS = 20_000;
const EVENTUALLY = { timeout: 120_000, interval: 100 } as const;
const missing = clusterMissing();
const isFull = process.env['ONECARD_FULL'] === '1';

test.skipIf(missing !== null || !isFull).each(['http', 'bus', 'http', 'bus'] as const)(
  'a record by %s',
  async (way) => {
    const nats = await startNats();
    onTestFinished(() => nats.stop());
    const platformFolder = join(temporaryFolder(), 'platform');
    mkdirSync(platformFolder);
    const platform = await startPlatformOnBus(platformFolder, nats.url);
    onTestFinished(() => platform.kill());
    const dir = temporaryFolder();
    const journal = openJournal({ profile: TEST_PROFILE, dir, durability: 'sync', maxBytes: 1 << 28 });
    onTestFinished(() => journal.close());
    for (let at = 1; at <= RECORDS; at += 2_000) await journal.append(sampleRecords(at, 2_000));
    const proxy = await startTcpProxy(way === 'bus' ? nats.port : Number(new URL(platform.url).port));
    onTestFinished(() => proxy.stop());
    const near = (scheme: string) => `${scheme}://127.0.0.1:${proxy.port}`;
    const city = createCity({ ...CLUSTER_CITY, cards: 60 });
    const trust = trustOf([TEST_PROFILE], city.status, city.trustDocument());
    const { sealing: keys } = statusKeysOf(trust, { profile: TEST_PROFILE, changing_over: false });
    const endpoint = { url: near('http'), token: PLATFORM_TOKEN, timeoutMs: 10_000 };
    const http = overHttp(endpoint);
    const bus = openBus({
      servers: [near('nats')],
      pingMs: 1_000,
      reconnectMs: 300,
      name: 'cost',
      now: Date.now,
    });
    onTestFinished(() => bus.close());
    const settings = {
      servers: [],
      ping_ms: 1,
      reconnect_ms: 1,
      upload_records: 200,
      message_bytes: 262_144,
    };
    const onBus = journalRouteOver(
      bus,
      { gatewayId: 'gw-1', ...TEST_CRYPTO },
      {
        ...{ name: CLUSTER_NAME, keys_file: '', expose_by_plain_connections: false },
        health: { every_ms: 1, gone_ms: 2 },
        bus: { ...settings, fallback_ms: 600_000 },
      },
    )({ http, sealKeys: () => keys, onFault: () => {}, onLost: () => {} });
    onTestFinished(() => onBus.close());
    await expect.poll(() => bus.session !== null || way === 'http', EVENTUALLY).toBe(true);
    const reader = openOutboxReader(dir);
    onTestFinished(() => reader.close());
    reader.setSynced(journal.syncedPosition);
    const before = { bytes: proxy.bytes, cpu: process.cpuUsage(), at: performance.now() };
    const outbox = new Outbox({
      endpoint,
      route: way === 'bus' ? onBus.route : http,
      gatewayId: 'gw-1',
      reader,
      sealKeys: () => keys,
      confirmed: 0,
      batchRecords: 2_000,
      onConfirmed: () => {},
      onConflict: () => {},
      onFault: (error) => console.log(error.message),
      onSkipped: () => {},
    });
    onTestFinished(() => outbox.stop());
    await expect.poll(() => outbox.confirmedPosition, EVENTUALLY).toBe(RECORDS);
    const { user, system } = process.cpuUsage(before.cpu);
    const figures = {
      way,
      records: RECORDS,
      bytesARecord: ((proxy.bytes - before.bytes) / RECORDS).toFixed(1),
      // The proxy's own part is in it, for both.
      cpuMicrosecondsARecord: ((user + system) / RECORDS).toFixed(2),
      recordsPerS: Math.round((RECORDS / (performance.now() - before.at)) * 1_000),
    };
    console.log(JSON.stringify(figures));
  },
);
