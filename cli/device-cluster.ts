/** What a command about a device has to do with the other gateways: it learns what they know first, and tells them after. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterSettings, Settings } from '../config/settings.ts';
import type { Bus, BusSession } from '../gateway/cluster/bus/connect.ts';
import { busNames } from '../gateway/cluster/bus/subjects.ts';
import { ClusterError } from '../gateway/cluster/cluster-error.ts';
import { readClusterKeys } from '../gateway/cluster/cluster-keys.ts';
import type { EnrolledDevice } from '../gateway/devices/registry.ts';
import type { Published } from '../gateway/devices/sharing/device-publisher.ts';
import type { SealSetting } from '../gateway/devices/sharing/sealed-device.ts';
import type { SharedDevices } from '../gateway/devices/sharing/shared-devices.ts';

/** From the command to the first answer of the bus. */
const CONNECT_MS = 3_000;
/** A gateway that runs in this folder may reach the bus where the command does not. */
const BY_GATEWAY_MS = 2_000;
const LOOK_MS = 50;

const WHY = {
  contended: 'others write the same name all the time',
  unknown_key:
    'what the cluster has under this name is sealed with keys that are not in cluster.keys_file here: give this gateway the keys of the others',
} as const satisfies Record<Exclude<Published, 'published'>, string>;

export type Untold =
  /** The cluster does not know yet. */
  | { readonly why: string }
  /** Another gateway was first with this. */
  | { readonly holds: EnrolledDevice };

export interface Peers {
  /** Takes what the cluster knows of a device where it is newer, and can be asked. */
  learn(deviceId: string): Promise<void>;
  /** Tells the cluster what is known here of a device; null: it knows. */
  tell(deviceId: string): Promise<Untold | null>;
  leave(): Promise<void>;
}

/** `settings`: of the gateway; null: only its folder was named. What stands in the way is told with what is untold. */
export async function joinPeers(settings: Settings | null, sharing: SharedDevices): Promise<Peers> {
  const { cluster } = settings ?? {};
  if (!settings || !cluster?.bus) return byGateway(sharing, settings === null && sharing.hasCluster);
  try {
    return await joinByBus(settings, cluster, cluster.bus, sharing);
  } catch (error) {
    // A device is revoked here also where nobody can be told.
    if (error instanceof ClusterError) return byGateway(sharing, true, error.message);
    throw error;
  }
}

async function joinByBus(
  settings: Settings,
  cluster: ClusterSettings,
  busSettings: NonNullable<ClusterSettings['bus']>,
  sharing: SharedDevices,
): Promise<Peers> {
  const keys = readClusterKeys(cluster.keys_file, settings.crypto);
  const [{ openBus }, { busOptions, checkBusFiles }] = await Promise.all([
    import('../gateway/cluster/bus/connect.ts'),
    import('../gateway/cluster/bus/bus-options.ts'),
  ]);
  const options = busOptions(settings.gateway_id, busSettings, () => Date.now());
  checkBusFiles(options);
  const bus = openBus({ ...options, name: `${options.name} (command)` });
  try {
    const reached = await firstAnswer(bus);
    if (typeof reached === 'string') {
      await bus.close();
      return byGateway(sharing, true, reached);
    }
    return await byBus(bus, reached, { cluster: cluster.name, keys }, sharing);
  } catch (error) {
    await bus.close();
    throw error;
  }
}

/** Where there is no cluster, nobody need be told. */
function byGateway(sharing: SharedDevices, isMember: boolean, why = ''): Peers {
  return {
    learn: async () => {},
    tell: async (deviceId) => {
      if (!isMember || (await isToldByGateway(sharing, deviceId))) return null;
      const how = 'A gateway that runs with these settings tells the others as soon as it reaches the bus';
      return { why: why === '' ? `${how} (give --config to tell them from here)` : `${why}. ${how}` };
    },
    leave: async () => {},
  };
}

async function byBus(
  bus: Bus,
  session: BusSession,
  seal: SealSetting,
  sharing: SharedDevices,
): Promise<Peers> {
  const [{ openDeviceBucket }, { DevicePublisher }] = await Promise.all([
    import('../gateway/devices/sharing/device-bucket.ts'),
    import('../gateway/devices/sharing/device-publisher.ts'),
  ]);
  let gaveWay = null as EnrolledDevice | null;
  const events = {
    taken: () => {},
    gaveWay: (to: EnrolledDevice) => {
      gaveWay = to;
    },
  };
  const publisher = async () => {
    const bucket = await openDeviceBucket(session, busNames(seal.cluster).devices);
    return new DevicePublisher({ sharing, seal, bucket, events });
  };
  return {
    learn: async (deviceId) => {
      try {
        await (await publisher()).learn(deviceId);
      } catch {
        // What it knows cannot be told; `tell` says why.
      }
    },
    async tell(deviceId) {
      gaveWay = null;
      try {
        const published = await (await publisher()).publish(deviceId);
        if (gaveWay !== null) return { holds: gaveWay };
        return published === 'published' ? null : { why: WHY[published] };
      } catch (error) {
        return (await isToldByGateway(sharing, deviceId)) ? null : { why: (error as Error).message };
      }
    },
    leave: () => bus.close(),
  };
}

/** The first session, or what is wrong. */
function firstAnswer(bus: Bus): Promise<BusSession | string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('the bus does not answer'), CONNECT_MS);
    const settle = (answer: BusSession | string) => {
      clearTimeout(timer);
      resolve(answer);
    };
    bus.attend(settle);
    const { fault: atFirst } = bus.state;
    bus.onState(({ reachable, fault }) => {
      if (!reachable && fault !== null && fault !== atFirst) settle(fault);
    });
  });
}

async function isToldByGateway(sharing: SharedDevices, deviceId: string): Promise<boolean> {
  const until = performance.now() + BY_GATEWAY_MS;
  do {
    const device = sharing.find(deviceId);
    if (device !== null && sharing.knownAt(device) === 'all') return true;
    await sleep(LOOK_MS);
  } while (performance.now() < until);
  return false;
}
