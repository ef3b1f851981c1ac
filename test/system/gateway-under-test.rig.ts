/**
 * A gateway in a process of its own, as an operator runs it, with a platform and two enrolled devices in the test.
 * Everything is on the loopback and in one temporary folder.
 */
import { type JsonWebKey, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { openDeviceStore } from '../../gateway/devices/device-store.ts';
import type { DeviceClass } from '../../gateway/verification.ts';
import { type City, type CityOptions, createCity } from '../../platform/city.ts';
import { createPlatform, type Platform, type PlatformOptions } from '../../platform/server.ts';
import { sm2RootFile, TEST_PROFILE } from '../crypto-profile.rig.ts';
import { deviceKeys } from '../device-keys.rig.ts';
import type { PlainClientTarget } from '../protocol/plain-client.rig.ts';
import { type Exit, GatewayProcess, type LogLine } from './gateway-process.rig.ts';

export { type Exit, type LogLine, MAIN } from './gateway-process.rig.ts';

export interface GatewayOptions {
  /** Default: the one under test. Named where a test is about what is made in one of them. */
  readonly profile?: CryptoProfile;
  /** Laid over the settings of the fixture, group by group. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Cards of the city, default 60. */
  readonly cards?: number;
  readonly city?: Partial<CityOptions>;
  /** Of the platform in the test. */
  readonly platform?: Partial<PlatformOptions>;
  /** A platform elsewhere, that need not be in reach; then there is none in the test. */
  readonly platformElsewhere?: {
    readonly url: string;
    readonly rootJson: Uint8Array;
    readonly sm2RootJson?: Uint8Array | null;
    readonly token: string;
  };
  /** In place of `gate-1` and `desk-1`. */
  readonly devices?: readonly EnrolledDevice[];
  /** Where its folder is made; default: the system's temporary folder. */
  readonly within?: string;
  /** Started by the launcher, as an operator does, which names the signal that ended it. Signals go to the gateway. Linux. */
  readonly launched?: boolean;
  /** How many files the system lets its process open; default: as many as this one. */
  readonly openFilesMax?: number;
  /** Laid over the environment of its process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with its folder before the gateway is started: for files that its settings name. */
  readonly before?: (folder: string) => void;
  /** By how many milliseconds the clock of its machine is ahead at the start. With this, `setClock` may be used. */
  readonly clockAheadMs?: number;
}

export interface EnrolledDevice {
  readonly deviceId: string;
  readonly class: DeviceClass;
  readonly scenes: readonly string[];
}

export interface GatewayUnderTest {
  readonly http: string;
  readonly gate: string;
  /** Base address for operators. */
  readonly admin: string;
  readonly gatewayId: string;
  readonly city: City;
  /** Throws when it is elsewhere. */
  readonly platform: Platform;
  /** Holds the settings, `gateway.json`, and the data folder, `data`. */
  readonly folder: string;
  readonly configFile: string;
  readonly dataFolder: string;
  readonly pid: number;
  /** False once the process has ended, by itself or by `kill`. */
  readonly running: boolean;
  /** Of this and of earlier processes of this gateway. */
  readonly logLines: readonly LogLine[];
  /** Everything written to standard output and standard error, also by earlier processes. */
  readonly output: string;
  /** What a client needs to connect as a device: gates sign with ES256, desks with Ed25519. */
  target(deviceId?: string): PlainClientTarget;
  /** Sends the signal and waits for the process to end. The platform and the folder stay. */
  kill(signal: NodeJS.Signals): Promise<Exit>;
  /** Sets the clock of its machine to so many milliseconds ahead of the right time; it follows within 0.1 s. */
  setClock(aheadMs: number): void;
  /** Starts the gateway again on the same port and data, after `kill`. */
  restart(): Promise<void>;
  /** Resolves with the first log line of this message that is or will be written after `from` lines. */
  logged(message: string, from?: number): Promise<LogLine>;
  /** Ends the platform for good, as when it is out of reach. */
  stopPlatform(): Promise<void>;
  /** Ends whatever still runs, the platform too, and removes the folder. */
  stop(): Promise<void>;
}

export const DEVICES: readonly EnrolledDevice[] = [
  { deviceId: 'gate-1', class: 'gate', scenes: ['29/entry', '29/exit'] },
  { deviceId: 'desk-1', class: 'desk', scenes: ['29/entry', '11/desk'] },
];

export const GATEWAY_ID = 'gw-test';
const PLATFORM_TOKEN = 'test-platform-token';
const SHIFTED_CLOCK = new URL('./shifted-clock.rig.ts', import.meta.url).href;

export async function startGateway(options: GatewayOptions = {}): Promise<GatewayUnderTest> {
  const { profile = TEST_PROFILE, cards = 60, devices = DEVICES, within = tmpdir() } = options;
  const folder = mkdtempSync(join(within, 'onecard-test-'));
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder, { mode: 0o700 });
  const city = createCity({ seed: 'system test', cards, rsaCardKeys: 4, ...options.city });
  const platform = options.platformElsewhere
    ? null
    : createPlatform({ city, token: PLATFORM_TOKEN, profiles: [profile], ...options.platform });
  await platform?.start();
  const keys = await enrolDevices(dataFolder, devices, profile);
  const at = options.platformElsewhere ?? { ...addressOf(platform), token: PLATFORM_TOKEN };
  writeFileSync(join(folder, 'root.json'), at.rootJson);
  const sm2 = sm2RootFile(at, (name, content) => {
    writeFileSync(join(folder, name), content);
    return name;
  });
  writeFileSync(join(folder, 'platform-token'), at.token, { mode: 0o600 });
  options.before?.(folder);
  const configFile = join(folder, 'gateway.json');
  const own = { crypto: { profile }, platform: sm2 };
  // Chosen here, since a port the system chose for a gateway stays blocked for a while after that gateway is killed.
  writeFileSync(
    configFile,
    JSON.stringify(laidOver(laidOver(baseSettings(at.url, await freePort()), own), options.settings ?? {})),
  );
  const clockFile = options.clockAheadMs === undefined ? null : join(folder, 'clock-ahead-ms');
  const setClock = (aheadMs: number) => {
    if (clockFile === null) throw new Error('the gateway was started with the clock of this machine');
    writeFileSync(clockFile, String(aheadMs));
  };
  if (clockFile !== null) setClock(options.clockAheadMs ?? 0);
  const env = { ...options.env, ...(clockFile !== null && shiftedBy(clockFile)) };
  const running = new GatewayProcess(configFile, options.launched ?? false, env, options.openFilesMax);
  let platformStopped: Promise<void> | null = null;
  const stopPlatform = () => {
    platformStopped ??= platform?.stop() ?? Promise.resolve();
    return platformStopped;
  };
  const cleanUp = async () => {
    await running.end();
    await stopPlatform();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await running.start();
  } catch (cause) {
    await cleanUp();
    throw cause;
  }
  let stopped: Promise<void> | null = null;
  return {
    get http() {
      return running.text('http');
    },
    get gate() {
      return running.text('gate');
    },
    get admin() {
      return running.text('admin');
    },
    get pid() {
      return running.pid;
    },
    get running() {
      return running.isRunning;
    },
    get logLines() {
      return running.logLines;
    },
    get output() {
      return running.output;
    },
    gatewayId: GATEWAY_ID,
    city,
    get platform() {
      return present(platform);
    },
    folder,
    configFile,
    dataFolder,
    target: (deviceId = 'gate-1') => ({
      url: running.text('gate'),
      gatewayId: GATEWAY_ID,
      deviceId,
      privateKey: keys.get(deviceId) ?? {},
    }),
    kill: (signal) => running.kill(signal),
    setClock,
    restart: () => running.start(),
    logged: (message, from = 0) => running.logged(message, from),
    stopPlatform,
    stop: () => {
      stopped ??= cleanUp();
      return stopped;
    },
  };
}

/** The environment of a process whose clock is ahead by what a file says. */
function shiftedBy(clockFile: string): Record<string, string> {
  return { NODE_OPTIONS: `--import ${SHIFTED_CLOCK}`, ONECARD_TEST_CLOCK_FILE: clockFile };
}

export function baseSettings(platformUrl: string, port: number): Record<string, unknown> {
  return {
    gateway_id: GATEWAY_ID,
    data_dir: 'data',
    crypto: { profile: TEST_PROFILE },
    listen: { port },
    // What is asked for after something was done must show it.
    admin: { port: 0, metrics_ms: 1, readiness_ms: 1 },
    platform: {
      url: platformUrl,
      root_file: 'root.json',
      token_file: 'platform-token',
      poll_ms: 250,
    },
    // Generous, since the machine may be busy and hardly any test is about time.
    workers: { threads: 1, hang_ms: 5_000 },
    limits: { deadline_gate_ms: 20_000, deadline_desk_ms: 20_000, deadline_batch_ms: 20_000 },
  };
}

/** Below those that a system gives to whoever connects, so that none is taken before it is listened on. */
const PORTS = { first: 12_000, count: 18_000 };

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + randomInt(PORTS.count);
    const server = createServer();
    const listening = once(server, 'listening').then(
      () => true,
      () => false,
    );
    server.listen(port, '127.0.0.1');
    if (!(await listening)) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

export function laidOver(
  base: Record<string, unknown>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const isGroup = (value: unknown) => typeof value === 'object' && value !== null;
  const result = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const both = isGroup(base[name]) && isGroup(value);
    result[name] = both ? { ...(base[name] as object), ...(value as object) } : value;
  }
  return result;
}

/** In one data folder, or in several with the same keys. */
export async function enrolDevices(
  dataFolders: string | readonly string[],
  devices: readonly EnrolledDevice[],
  profile: CryptoProfile = TEST_PROFILE,
): Promise<ReadonlyMap<string, JsonWebKey>> {
  const stores = [dataFolders].flat().map((folder) => openDeviceStore(join(folder, 'devices')));
  const keys = new Map<string, JsonWebKey>();
  for (const { deviceId, class: deviceClass, scenes } of devices) {
    // Of both kinds, where the profile has two.
    const { publicKeyJwk, privateKey } = deviceKeys(deviceClass === 'gate' ? 'ES256' : 'Ed25519', profile);
    const enrolledAtMs = Date.now();
    for (const { registry } of stores) {
      await registry.enrol({
        ...{ deviceId, class: deviceClass, scenes: [...scenes], publicKeyJwk, enrolledAtMs },
      });
    }
    keys.set(deviceId, privateKey);
  }
  for (const store of stores) await store.close();
  return keys;
}

function present(platform: Platform | null): Platform {
  if (platform === null) throw new Error('the platform is not in this process');
  return platform;
}

function addressOf(platform: Platform | null): Pick<Platform, 'url' | 'rootJson' | 'sm2RootJson'> {
  const { url, rootJson, sm2RootJson } = present(platform);
  return { url, rootJson, sm2RootJson };
}
