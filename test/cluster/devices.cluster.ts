/** Devices that all gateways of a cluster know: by its bus, both ways, and whatever becomes of that. */
import type { JsonWebKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kvm } from '@nats-io/kv';
import { connect as connectNats } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { busNames } from '../../gateway/cluster/bus/subjects.ts';
import { readClusterKeys } from '../../gateway/cluster/cluster-keys.ts';
import { type DeviceStore, openDeviceStore } from '../../gateway/devices/device-store.ts';
import type { EnrolledDevice } from '../../gateway/devices/enrolled-device.ts';
import { openDevice, sealDevice } from '../../gateway/devices/sharing/sealed-device.ts';
import { TEST_CRYPTO } from '../crypto-profile.rig.ts';
import { deviceKeys } from '../device-keys.rig.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { CLUSTER_NAME, newClusterKey, startCluster, type TestCluster } from './gateways.rig.ts';
import { clusterMissing, type NatsServer, startNats } from './servers.rig.ts';

const KNOWN_MS = 20_000;
let nats: NatsServer;
let cluster: TestCluster;

/** The devices of one gateway, as a command beside it has them. */
async function at<T>(member: number, use: (store: DeviceStore) => T | Promise<T>): Promise<T> {
  const store = openDeviceStore(join(cluster.member(member).dataFolder, 'devices'));
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

const found = (member: number, deviceId: string) => at(member, ({ registry }) => registry.find(deviceId));
const everywhere = (deviceId: string) => Promise.all([0, 1, 2].map((member) => found(member, deviceId)));

async function isSame(deviceId: string): Promise<boolean> {
  const [first, ...others] = await everywhere(deviceId);
  return first !== null && others.every((other) => JSON.stringify(other) === JSON.stringify(first));
}

async function enrolled(member: number, deviceId: string, replace = false): Promise<JsonWebKey> {
  const { publicKeyJwk, privateKey } = deviceKeys('Ed25519');
  await at(member, ({ registry }) =>
    registry.enrol(
      { deviceId, class: 'gate', scenes: ['29/entry'], publicKeyJwk, enrolledAtMs: Date.now() },
      replace,
    ),
  );
  return privateKey;
}

const revoked = (member: number, deviceId: string) =>
  at(member, ({ registry }) => registry.revoke(deviceId, Date.now()));

const faultsOf = (member: number) =>
  cluster
    .member(member)
    .logLines.filter(({ what }) => what === 'registry')
    .map(({ fault }) => fault);

/** As whoever may write to the servers of the bus. */
async function writing<T>(use: (bucket: Awaited<ReturnType<Kvm['open']>>) => Promise<T>): Promise<T> {
  const connection = await connectNats({ servers: nats.url });
  try {
    return await use(await new Kvm(connection).open(busNames(CLUSTER_NAME).devices));
  } finally {
    await connection.close();
  }
}

describe.skipIf(clusterMissing())('a device is known to all', () => {
  beforeAll(async () => {
    nats = await startNats();
    cluster = await startCluster({ cluster: { bus: { servers: [nats.url] } }, enrolledAt: 'first' });
  });
  afterAll(async () => {
    await cluster?.stop();
    await nats?.stop();
  });

  test('enrolled at one it is let in at all, and revoked at another it is cut at all', async () => {
    await expect.poll(() => found(2, 'gate-1'), { timeout: KNOWN_MS }).not.toBeNull();
    await expect.poll(() => found(1, 'gate-1'), { timeout: KNOWN_MS }).not.toBeNull();
    const gates = await Promise.all(
      cluster.members.map((member) => PlainClient.connect(member.target('gate-1'))),
    );
    await revoked(1, 'gate-1');
    const ends = await Promise.all(gates.map(({ closed }) => closed));
    expect(ends.map(({ reason }) => reason)).toEqual(Array(3).fill('auth.device_revoked'));
    for (const member of cluster.members) {
      await expect(PlainClient.connect(member.target('gate-1'))).rejects.toThrow('auth.device_revoked');
    }
    await expect.poll(() => at(1, ({ sharing }) => sharing.unsharedCount)).toBe(0);
  });

  test('while the bus is away each goes on with what it knows; then all know all', async () => {
    await nats.kill();
    await revoked(0, 'desk-1');
    const key = await enrolled(1, 'gate-7');
    // Not known elsewhere, and not in the way of what goes on.
    const there = await PlainClient.connect(cluster.member(2).target('desk-1'));
    await expect(
      PlainClient.connect({ ...cluster.member(2).target(), deviceId: 'gate-7', privateKey: key }),
    ).rejects.toThrow('auth.invalid');
    const isKnown = await at(0, ({ registry, sharing }) =>
      sharing.knownAt(registry.find('desk-1') as EnrolledDevice),
    );
    expect(isKnown).toBe('here');
    await nats.restart();
    expect((await there.closed).reason).toBe('auth.device_revoked');
    await expect.poll(() => found(2, 'gate-7'), { timeout: KNOWN_MS }).not.toBeNull();
    await PlainClient.connect({
      ...{ ...cluster.member(2).target(), deviceId: 'gate-7', privateKey: key },
    });
    await expect.poll(() => isSame('desk-1'), { timeout: KNOWN_MS }).toBe(true);
  });

  test('a bus that lost everything is told again', async () => {
    await nats.kill();
    await enrolled(2, 'gate-8');
    await nats.restart({ empty: true });
    await expect.poll(() => found(0, 'gate-8'), { timeout: KNOWN_MS }).not.toBeNull();
    const names = ['desk-1', 'gate-1', 'gate-7', 'gate-8'];
    await expect
      .poll(() => writing(async (bucket) => (await allKeys(bucket)).sort()), { timeout: KNOWN_MS })
      .toEqual(names);
  });

  test('of two enrolments at once one holds everywhere, and the other is told in the log', async () => {
    await nats.kill();
    await enrolled(0, 'gate-9');
    await enrolled(1, 'gate-9');
    // The revocation holds, whoever enrols the same revision meanwhile.
    await revoked(0, 'gate-7');
    await enrolled(2, 'gate-7', true);
    await nats.restart();
    await expect.poll(() => isSame('gate-9'), { timeout: KNOWN_MS }).toBe(true);
    await expect.poll(() => isSame('gate-7'), { timeout: KNOWN_MS }).toBe(true);
    expect((await found(2, 'gate-7'))?.revokedAtMs).not.toBeNull();
    const gaveWay = () => [0, 1].flatMap(faultsOf).filter((fault) => fault === 'gave_way').length;
    await expect.poll(gaveWay, { timeout: KNOWN_MS }).toBe(1);
    // Nobody has written what was there before.
    expect([0, 1, 2].flatMap(faultsOf)).not.toContain('rolled_back');
  });

  test('what is forged, of another cluster, rolled back or torn is counted, never taken, and put right', async () => {
    const before = (await found(0, 'gate-8')) as EnrolledDevice;
    await at(0, ({ registry }) => registry.revoke('gate-8', Date.now()));
    const revokedEverywhere = async () =>
      (await everywhere('gate-8')).every((device) => device?.revokedAtMs != null);
    await expect.poll(revokedEverywhere, { timeout: KNOWN_MS }).toBe(true);
    const keys = readClusterKeys(cluster.keysFile, TEST_CRYPTO);
    const good = { cluster: CLUSTER_NAME, keys };
    const back = { ...before, revision: 99 };
    const hostile: [string, Uint8Array][] = [
      ['rolled_back', sealDevice(before, good)],
      ['forged', sealDevice(back, { ...good, cluster: 'other' })],
      ['forged', changed(sealDevice(before, good), before, back)],
      ['misplaced', sealDevice({ ...back, deviceId: 'gate-other' }, good)],
      ['torn', sealDevice(back, good).subarray(0, 100)],
      ['unknown_key', sealDevice(back, { ...good, keys: otherKeys() })],
    ];
    for (const [fault, value] of hostile) {
      const told = faultsOf(1).filter((each) => each === fault).length;
      await writing((bucket) => bucket.put('gate-8', value));
      await expect
        .poll(() => faultsOf(1).filter((each) => each === fault).length, { timeout: KNOWN_MS })
        .toBeGreaterThan(told);
      expect(await revokedEverywhere()).toBe(true);
    }
    await expect
      .poll(
        async () => {
          const { value = new Uint8Array() } = (await writing((bucket) => bucket.get('gate-8'))) ?? {};
          return openDevice(value, 'gate-8', good);
        },
        { timeout: KNOWN_MS },
      )
      .toMatchObject({ ok: true });
    // Deleted, it is written again.
    await writing((bucket) => bucket.delete('gate-8'));
    await expect
      .poll(() => writing(async (bucket) => (await bucket.get('gate-8'))?.operation), { timeout: KNOWN_MS })
      .toBe('PUT');
    expect(await found(1, 'gate-other')).toBeNull();
  });
});

test.skipIf(clusterMissing())(
  'devices stay known while the key of the cluster changes, gateway by gateway',
  async () => {
    const server = await startNats();
    onTestFinished(() => server.stop());
    const changing = await startCluster({ gateways: 2, cluster: { bus: { servers: [server.url] } } });
    onTestFinished(() => changing.stop());
    const old = readFileSync(changing.keysFile, 'utf8').trim();
    const fresh = newClusterKey();
    const [one, two] = [changing.member(0), changing.member(1)];
    const known = async (deviceId: string) => {
      const store = openDeviceStore(join(two.dataFolder, 'devices'));
      const device = store.registry.find(deviceId);
      await store.close();
      return device;
    };
    for (const [step, lines] of [[old, fresh], [fresh]].entries()) {
      writeFileSync(changing.keysFile, lines.join('\n'));
      for (const member of [one, two]) {
        await member.stop();
        await member.start();
        // One of them has the next keys already, the other not yet, or both.
        const name = `gate-${step}-${member.gatewayId}`;
        const store = openDeviceStore(join(one.dataFolder, 'devices'));
        const { publicKeyJwk } = deviceKeys('Ed25519');
        await store.registry.enrol({
          ...{ deviceId: name, class: 'gate' as const, scenes: ['29/entry'], publicKeyJwk, enrolledAtMs: 1 },
        });
        await store.close();
        await expect.poll(() => known(name), { timeout: KNOWN_MS }).not.toBeNull();
      }
    }
    const refused = [one, two].flatMap(({ logLines }) => logLines.filter(({ what }) => what === 'registry'));
    expect(refused.map(({ fault }) => fault).filter((fault) => fault !== 'unreachable')).toEqual([]);
    // Whoever comes with the new key alone, and nothing else, learns all of them.
    const connection = await connectNats({ servers: server.url });
    onTestFinished(() => connection.close());
    const bucket = await new Kvm(connection).open(busNames(CLUSTER_NAME).devices);
    const keys = readClusterKeys(changing.keysFile, TEST_CRYPTO);
    const names = await allKeys(bucket);
    expect(names).toHaveLength(6);
    for (const name of names) {
      const value = (await bucket.get(name))?.value ?? new Uint8Array();
      expect(openDevice(value, name, { cluster: CLUSTER_NAME, keys }), name).toMatchObject({ ok: true });
    }
  },
);

async function allKeys(bucket: Awaited<ReturnType<Kvm['open']>>): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of await bucket.keys()) keys.push(key);
  return keys;
}

function otherKeys() {
  const file = join(cluster.folder, 'other-keys');
  writeFileSync(file, newClusterKey());
  return readClusterKeys(file, TEST_CRYPTO);
}

/** The same seals over other content. */
function changed(sealed: Uint8Array, from: EnrolledDevice, to: EnrolledDevice): Uint8Array {
  const value = JSON.parse(Buffer.from(sealed).toString()) as { device: string };
  const text = Buffer.from(value.device, 'base64url').toString();
  const other = text.replace(`"revision":${from.revision}`, `"revision":${to.revision}`);
  return Buffer.from(JSON.stringify({ ...value, device: Buffer.from(other).toString('base64url') }));
}
