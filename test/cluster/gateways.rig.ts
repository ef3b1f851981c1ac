/**
 * Several whole gateways as `compose` builds them, in the process of the test, on one city and one platform: each with a
 * folder, a journal and a name of its own.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSettings, type Settings } from '../../config/settings.ts';
import {
  createGateway,
  type Gateway,
  type GatewayAddress,
  type GatewayOptions,
} from '../../gateway/compose/compose.ts';
import { createLog } from '../../gateway/observe/log.ts';
import { type City, type CityOptions, createCity } from '../../platform/city.ts';
import { createPlatform, type Platform, type PlatformOptions } from '../../platform/server.ts';
import { sm2RootFile, TEST_PROFILE } from '../crypto-profile.rig.ts';
import type { PlainClientTarget } from '../protocol/plain-client.rig.ts';
import {
  baseSettings,
  DEVICES,
  type EnrolledDevice,
  enrolDevices,
  type LogLine,
  laidOver,
} from '../system/gateway-under-test.rig.ts';

export const CLUSTER_NAME = 'test-city';
export const PLATFORM_TOKEN = 'cluster-test-token';
export const CLUSTER_CITY = { seed: 'cluster test', rsaCardKeys: 4 } as const;

export interface ClusterOptions {
  /** How many gateways: gw-1, gw-2 … Default three. */
  readonly gateways?: number;
  /** Laid over `cluster` of every gateway: its store, its bus. */
  readonly cluster?: Readonly<Record<string, unknown>>;
  /** Laid over that of one, counted from 0. */
  readonly clusterOf?: (at: number) => Readonly<Record<string, unknown>>;
  /** Laid over the other settings of every gateway. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly cards?: number;
  readonly city?: Partial<CityOptions>;
  readonly platform?: Partial<PlatformOptions>;
  /** Enrolled at the first gateway alone, or at each with the same keys. Default: at each. */
  readonly enrolledAt?: 'each' | 'first';
  readonly devices?: readonly EnrolledDevice[];
  readonly clocks?: GatewayOptions['clocks'];
  readonly gateway?: Omit<Partial<GatewayOptions>, 'log' | 'clocks'>;
}

export interface ClusterMember {
  readonly gatewayId: string;
  readonly dataFolder: string;
  readonly settings: Settings;
  readonly logLines: readonly LogLine[];
  /** Throws while it does not run. */
  readonly address: GatewayAddress;
  readonly gateway: Gateway;
  /** As a device that is enrolled; its audience is this gateway. */
  target(deviceId?: string): PlainClientTarget;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestCluster {
  readonly city: City;
  readonly platform: Platform;
  readonly folder: string;
  /** Holds the keys that all have in common: rewritten by a test that changes them, read at a start. */
  readonly keysFile: string;
  readonly members: readonly ClusterMember[];
  member(at: number): ClusterMember;
  stop(): Promise<void>;
}

/** A line of a keys file. */
export function newClusterKey(): string {
  return randomBytes(32).toString('hex');
}

export async function startCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const { gateways = 3, cards = 60, devices = DEVICES, enrolledAt = 'each' } = options;
  const folder = mkdtempSync(join(tmpdir(), 'onecard-cluster-'));
  const keysFile = join(folder, 'cluster-keys');
  writeFileSync(keysFile, `${newClusterKey()}\n`, { mode: 0o600 });
  const city = createCity({ ...CLUSTER_CITY, cards, ...options.city });
  const platform = createPlatform({
    city,
    token: PLATFORM_TOKEN,
    profiles: [TEST_PROFILE],
    ...options.platform,
  });
  await platform.start();
  const shared = { folder, keysFile, platform };
  const dataFolders = Array.from({ length: gateways }, (_, at) => join(folder, `gw-${at + 1}`, 'data'));
  for (const dataFolder of dataFolders) mkdirSync(dataFolder, { mode: 0o700, recursive: true });
  const keys = await enrolDevices(enrolledAt === 'each' ? dataFolders : dataFolders.slice(0, 1), devices);
  const members = dataFolders.map((dataFolder, at) => {
    const settings = settingsOf(shared, dataFolder, at, options);
    return new Member(settings, keys, options);
  });
  const stop = async () => {
    await Promise.all(members.map((member) => member.stop()));
    await platform.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(members.map((member) => member.start()));
  } catch (cause) {
    await stop();
    throw cause;
  }
  return {
    ...{ city, platform, folder, keysFile, members, stop },
    member(at) {
      const member = members[at];
      if (member === undefined) throw new Error(`there is no gateway ${at}`);
      return member;
    },
  };
}

class Member implements ClusterMember {
  readonly gatewayId: string;
  readonly dataFolder: string;
  readonly logLines: LogLine[] = [];
  readonly settings: Settings;
  readonly #keys: Awaited<ReturnType<typeof enrolDevices>>;
  readonly #options: ClusterOptions;
  #running: { readonly gateway: Gateway; readonly address: GatewayAddress } | null = null;

  constructor(settings: Settings, keys: Awaited<ReturnType<typeof enrolDevices>>, options: ClusterOptions) {
    this.settings = settings;
    this.gatewayId = settings.gateway_id;
    this.dataFolder = settings.data_dir;
    this.#keys = keys;
    this.#options = options;
  }

  get address(): GatewayAddress {
    return this.#present().address;
  }

  get gateway(): Gateway {
    return this.#present().gateway;
  }

  target(deviceId = 'gate-1'): PlainClientTarget {
    const { clocks } = this.#options;
    return {
      url: this.address.gate,
      gatewayId: this.gatewayId,
      deviceId,
      privateKey: this.#keys.get(deviceId) ?? {},
      ...(clocks && { nowMs: clocks.now() }),
    };
  }

  async start(): Promise<void> {
    const { clocks, gateway: more } = this.#options;
    const log = createLog('debug', this.gatewayId, {
      write: (line) => void this.logLines.push(JSON.parse(line) as LogLine),
    });
    const gateway = createGateway(this.settings, { log, ...more, ...(clocks && { clocks }) });
    this.#running = { gateway, address: await gateway.start() };
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    await running?.gateway.stop();
  }

  #present() {
    if (this.#running === null) throw new Error(`${this.gatewayId} is not running`);
    return this.#running;
  }
}

function settingsOf(
  { folder, keysFile, platform }: { folder: string; keysFile: string; platform: Platform },
  dataFolder: string,
  at: number,
  { settings = {}, cluster = {}, clusterOf = () => ({}) }: ClusterOptions,
): Settings {
  const kept = (name: string, content: string | Uint8Array) => {
    const file = join(folder, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  const own = {
    gateway_id: `gw-${at + 1}`,
    data_dir: dataFolder,
    // Hosts of tests have addresses of their own; what protects the ways between them is not tried here.
    crypto: { transport_elsewhere: true },
    platform: {
      root_file: kept('root.json', platform.rootJson),
      ...sm2RootFile(platform, kept),
      token_file: kept('platform-token', PLATFORM_TOKEN),
    },
    cluster: { name: CLUSTER_NAME, keys_file: keysFile, ...cluster, ...clusterOf(at) },
  };
  return parseSettings(laidOver(laidOver(baseSettings(platform.url, 0), own), settings));
}
