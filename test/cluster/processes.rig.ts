/**
 * Several gateways as operators run them: each `onecard serve` in a process, a folder and with a name of its own, on one city
 * and one platform, which is in the test.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DecisionRecord } from '../../gateway/journal/record/record.ts';
import { type City, type CityOptions, createCity } from '../../platform/city.ts';
import { createPlatform, type Platform, type PlatformOptions } from '../../platform/server.ts';
import { sm2RootFile, TEST_PROFILE } from '../crypto-profile.rig.ts';
import { recordsOf } from '../outage/check-answers.rig.ts';
import type { PlainClientTarget } from '../protocol/plain-client.rig.ts';
import { GatewayProcess, type LogLine } from '../system/gateway-process.rig.ts';
import {
  baseSettings,
  DEVICES,
  type EnrolledDevice,
  enrolDevices,
  freePort,
  laidOver,
} from '../system/gateway-under-test.rig.ts';
import { CLUSTER_NAME, newClusterKey } from './gateways.rig.ts';
import { inHost, type TestHost } from './hosts.rig.ts';

const PLATFORM_TOKEN = 'cluster-test-token';

export interface ProcessesOptions {
  /** How many: gw-1, gw-2 … Default three. */
  readonly gateways?: number;
  /** Laid over `cluster` of every gateway: its store, its bus. */
  readonly cluster?: Readonly<Record<string, unknown>>;
  /** Laid over the other settings of every gateway. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** All listen on one port. */
  readonly sharePort?: boolean;
  readonly cards?: number;
  readonly city?: Partial<CityOptions>;
  readonly platform?: Partial<PlatformOptions>;
  /** Where each runs, counted from 0; default: where the test does. */
  readonly hosts?: readonly TestHost[];
  /** Laid over `cluster` of one, counted from 0. */
  readonly clusterOf?: (at: number) => Readonly<Record<string, unknown>>;
  /** Enrolled at each with the same keys. */
  readonly devices?: readonly EnrolledDevice[];
}

export interface ProcessMember {
  readonly gatewayId: string;
  readonly dataFolder: string;
  readonly configFile: string;
  readonly process: GatewayProcess;
  /** Base address for operators. */
  readonly admin: string;
  readonly logLines: readonly LogLine[];
  /** As a device that is enrolled; its audience is this gateway. */
  target(deviceId?: string): PlainClientTarget;
  /** Every record of its journal, whether it runs or not. */
  records(): DecisionRecord[];
}

export interface ClusterOfProcesses {
  readonly city: City;
  readonly platform: Platform;
  readonly folder: string;
  readonly members: readonly ProcessMember[];
  member(at: number): ProcessMember;
  stop(): Promise<void>;
}

export async function startProcesses(options: ProcessesOptions = {}): Promise<ClusterOfProcesses> {
  const { gateways = 3, cards = 60, devices = DEVICES, sharePort = false } = options;
  const folder = mkdtempSync(join(tmpdir(), 'onecard-processes-'));
  const put = (name: string, content: string | Uint8Array) => {
    const file = join(folder, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  const city = createCity({ seed: 'cluster test', cards, rsaCardKeys: 4, ...options.city });
  const platform = createPlatform({
    city,
    token: PLATFORM_TOKEN,
    profiles: [TEST_PROFILE],
    ...options.platform,
  });
  await platform.start();
  const common = {
    // Hosts of tests have addresses of their own; what protects the ways between them is not tried here.
    crypto: { transport_elsewhere: true },
    platform: {
      root_file: put('root.json', platform.rootJson),
      ...sm2RootFile(platform, put),
      token_file: put('platform-token', PLATFORM_TOKEN),
    },
    cluster: {
      name: CLUSTER_NAME,
      keys_file: put('cluster-keys', `${newClusterKey()}\n`),
      ...options.cluster,
    },
  };
  const dataFolders = Array.from({ length: gateways }, (_, at) => join(folder, `gw-${at + 1}`, 'data'));
  for (const dataFolder of dataFolders) mkdirSync(dataFolder, { mode: 0o700, recursive: true });
  const keys = await enrolDevices(dataFolders, devices);
  const shared = sharePort ? await freePort() : 0;
  const members: ProcessMember[] = [];
  for (const [at, dataFolder] of dataFolders.entries()) {
    const gatewayId = `gw-${at + 1}`;
    const listen = sharePort ? { port: shared, share_port: true } : {};
    const base = laidOver(baseSettings(platform.url, await freePort()), common);
    const own = {
      gateway_id: gatewayId,
      data_dir: dataFolder,
      listen,
      cluster: options.clusterOf?.(at) ?? {},
    };
    const configFile = put(
      `${gatewayId}.json`,
      JSON.stringify(laidOver(laidOver(base, own), options.settings ?? {})),
    );
    const process = new GatewayProcess(configFile, false, {}, undefined, inHost(options.hosts?.[at], []));
    members.push({
      ...{ gatewayId, dataFolder, configFile, process },
      get admin() {
        return process.text('admin');
      },
      logLines: process.logLines,
      target: (deviceId = 'gate-1') => ({
        ...{ url: process.text('gate'), gatewayId, deviceId, privateKey: keys.get(deviceId) ?? {} },
      }),
      records: () => recordsOf(dataFolder),
    });
  }
  const stop = async () => {
    await Promise.all(members.map(({ process }) => process.end()));
    await platform.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(members.map(({ process }) => process.start()));
  } catch (cause) {
    await stop();
    throw cause;
  }
  return {
    ...{ city, platform, folder, members, stop },
    member(at) {
      const member = members[at];
      if (member === undefined) throw new Error(`there is no gateway ${at}`);
      return member;
    },
  };
}
