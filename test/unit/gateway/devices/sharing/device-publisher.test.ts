import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { BucketEntry } from '../../../../../gateway/cluster/bus/bucket.ts';
import { type ClusterKeys, readClusterKeys } from '../../../../../gateway/cluster/cluster-keys.ts';
import { type DeviceStore, openDeviceStore } from '../../../../../gateway/devices/device-store.ts';
import type { EnrolledDevice } from '../../../../../gateway/devices/enrolled-device.ts';
import { DevicePublisher } from '../../../../../gateway/devices/sharing/device-publisher.ts';
import { openDevice } from '../../../../../gateway/devices/sharing/sealed-device.ts';
import { TEST_CRYPTO } from '../../../../crypto-profile.rig.ts';
import { sampleDevice } from './sample-device.rig.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'onecard-publisher-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

function keysOf(digit: string): ClusterKeys {
  const file = join(folder(), 'keys');
  writeFileSync(file, digit.repeat(64));
  return readClusterKeys(file, TEST_CRYPTO);
}

/** As the servers keep it: a write must follow the last. */
class FakeBucket {
  readonly entries = new Map<string, BucketEntry>();
  sequence = 0;
  /** Called before each write. */
  before: () => Promise<void> = async () => {};

  async get(key: string) {
    return this.entries.get(key) ?? null;
  }

  async put(key: string, value: Uint8Array, after: number) {
    await this.before();
    if ((this.entries.get(key)?.sequence ?? 0) !== after) return null;
    this.sequence += 1;
    this.entries.set(key, { key, value, sequence: this.sequence, writtenAtMs: 0 });
    return this.sequence;
  }
}

function gateway(bucket: FakeBucket, keys: ClusterKeys) {
  const store = openDeviceStore(join(folder(), 'devices'));
  onTestFinished(() => store.close());
  const gaveWay: EnrolledDevice[] = [];
  const seal = { cluster: 'city', keys };
  const events = { taken: () => {}, gaveWay: (to: EnrolledDevice) => void gaveWay.push(to) };
  const publisher = new DevicePublisher({ ...{ sharing: store.sharing, seal, bucket, events } });
  return { store, publisher, gaveWay, seal };
}

const { revokedAtMs: _, revision: __, ...device } = sampleDevice();
const enrol = (store: DeviceStore, enrolledAtMs: number) =>
  store.registry.enrol({ ...device, enrolledAtMs }, true);
const kept = (bucket: FakeBucket, seal: Parameters<typeof openDevice>[2]) => {
  const opened = openDevice(bucket.entries.get('gate-1')?.value ?? new Uint8Array(), 'gate-1', seal);
  return opened.ok ? opened.device : opened.fault;
};

test('of two who publish at once one is first, and the other takes that and is told', async () => {
  const bucket = new FakeBucket();
  const [one, two] = [gateway(bucket, keysOf('a')), gateway(bucket, keysOf('a'))];
  const first = await enrol(one.store, 1);
  await enrol(two.store, 2);
  bucket.before = async () => {
    bucket.before = async () => {};
    expect(await one.publisher.publish('gate-1')).toBe('published');
  };
  expect(await two.publisher.publish('gate-1')).toBe('published');
  expect(kept(bucket, one.seal)).toEqual(first);
  expect(two.store.registry.find('gate-1')).toEqual(first);
  expect([one.gaveWay, two.gaveWay]).toEqual([[], [first]]);
  expect(two.store.sharing.knownAt(first)).toBe('all');
});

test('a revocation wins over what was enrolled anew meanwhile, with a revision of its own', async () => {
  const bucket = new FakeBucket();
  const [one, two] = [gateway(bucket, keysOf('a')), gateway(bucket, keysOf('a'))];
  await enrol(one.store, 1);
  await one.publisher.publish('gate-1');
  await two.publisher.learn('gate-1');
  await enrol(two.store, 2);
  await two.publisher.publish('gate-1');
  await one.store.registry.revoke('gate-1', 3);
  await one.publisher.publish('gate-1');
  expect(kept(bucket, one.seal)).toMatchObject({ revokedAtMs: 3, enrolledAtMs: 1, revision: 3 });
  await two.publisher.learn('gate-1');
  expect(two.store.registry.find('gate-1')).toMatchObject({ revokedAtMs: 3, revision: 3 });
});

test('a gateway with other keys writes over nothing of a cluster that it never understood', async () => {
  const bucket = new FakeBucket();
  const [member, stranger] = [gateway(bucket, keysOf('a')), gateway(bucket, keysOf('b'))];
  const ours = await enrol(member.store, 1);
  await member.publisher.publish('gate-1');
  const theirs = await enrol(stranger.store, 2);
  expect(await stranger.publisher.publish('gate-1')).toBe('unknown_key');
  expect(kept(bucket, member.seal)).toEqual(ours);
  expect(stranger.store.sharing.knownAt(theirs)).toBe('here');
  // Somebody else wrote it all the same: who knew better puts it right.
  bucket.entries.delete('gate-1');
  expect(await stranger.publisher.publish('gate-1')).toBe('published');
  expect(kept(bucket, member.seal)).toBe('unknown_key');
  expect(await member.publisher.publish('gate-1')).toBe('published');
  expect(kept(bucket, member.seal)).toEqual(ours);
});
