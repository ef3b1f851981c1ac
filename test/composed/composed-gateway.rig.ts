/**
 * A whole gateway as `compose` builds it, in the process of the test: clocks, platform and disk are the test's own. What
 * a page promises is held here against the wiring, not against parts that a test wired itself.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { parseSettings, type Settings } from '../../config/settings.ts';
import {
  createGateway,
  type Gateway,
  type GatewayAddress,
  type GatewayOptions,
} from '../../gateway/compose/compose.ts';
import { CLOCK_CELLS_BYTES, setClockCells } from '../../gateway/knowledge/clock/clocks.ts';
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
  GATEWAY_ID,
  type LogLine,
  laidOver,
} from '../system/gateway-under-test.rig.ts';

export interface ComposedOptions {
  /** Default: the one under test. Named where a test is about what was made in one of them. */
  readonly profile?: CryptoProfile;
  /** Laid over the settings of the fixture, group by group. Paths are absolute. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Cards of the city, default 60. */
  readonly cards?: number;
  readonly city?: Partial<CityOptions>;
  readonly platform?: Partial<PlatformOptions>;
  readonly devices?: readonly EnrolledDevice[];
  /** Of the gateway alone; default: the machine's. */
  readonly clocks?: GatewayOptions['clocks'];
  /** Stands between gateway and platform: is given the platform's address, and is the one the gateway talks to. */
  readonly through?: (platformUrl: string) => Promise<{ readonly url: string; close(): Promise<void> }>;
  /** Further options of the gateway. */
  readonly gateway?: Omit<Partial<GatewayOptions>, 'log' | 'clocks'>;
  /** Where its folder is made; default: the system's temporary folder. */
  readonly within?: string;
}

export interface ComposedGateway {
  readonly city: City;
  readonly platform: Platform;
  /** Holds the data folder, `data`. */
  readonly folder: string;
  readonly dataFolder: string;
  readonly settings: Settings;
  /** Of the running gateway. Throws while there is none. */
  readonly address: GatewayAddress;
  readonly gateway: Gateway;
  /** Of this and of earlier gateways on this folder. */
  readonly logLines: readonly LogLine[];
  /** What a client needs to connect as a device whose clock is the gateway's: gates sign with ES256, desks with Ed25519. */
  target(deviceId?: string): PlainClientTarget;
  /** Builds and starts a gateway on the folder; rejects as the start does. `over`, `changed`: of this start alone. */
  start(over?: Partial<GatewayOptions>, changed?: Partial<Settings>): Promise<void>;
  /** Stops the gateway; platform and folder stay. */
  stopGateway(): Promise<void>;
  /** Ends whatever still runs and removes the folder. */
  stop(): Promise<void>;
}

const PLATFORM_TOKEN = 'composed-test-token';

/** City, platform and folder, with the gateway started. */
export async function startComposed(options: ComposedOptions = {}): Promise<ComposedGateway> {
  const composed = await composeOnly(options);
  try {
    await composed.start();
  } catch (cause) {
    await composed.stop();
    throw cause;
  }
  return composed;
}

/** City, platform and folder; the gateway is yet to be started. */
export async function composeOnly(options: ComposedOptions = {}): Promise<ComposedGateway> {
  const { profile = TEST_PROFILE, cards = 60, devices = DEVICES, within = tmpdir() } = options;
  const folder = mkdtempSync(join(within, 'onecard-composed-'));
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder, { mode: 0o700 });
  const city = createCity({ seed: 'composed test', cards, rsaCardKeys: 4, ...options.city });
  const platform = createPlatform({
    city,
    token: PLATFORM_TOKEN,
    profiles: [profile],
    ...options.platform,
  });
  await platform.start();
  const between = await options.through?.(platform.url);
  const keys = await enrolDevices(dataFolder, devices, profile);
  const { rootJson, sm2RootJson } = platform;
  const at = { url: between?.url ?? platform.url, rootJson, sm2RootJson };
  const own = { crypto: { profile } };
  const settings = settingsOf(folder, dataFolder, at, laidOver(own, options.settings ?? {}));
  const logLines: LogLine[] = [];
  const log = createLog('debug', 'composed', {
    write: (line) => void logLines.push(JSON.parse(line) as LogLine),
  });
  let running: { gateway: Gateway; address: GatewayAddress } | null = null;
  const present = () => {
    if (running === null) throw new Error('the gateway is not running');
    return running;
  };
  const stopGateway = async () => {
    const { gateway } = present();
    running = null;
    await gateway.stop();
  };
  return {
    city,
    platform,
    folder,
    dataFolder,
    settings,
    logLines,
    get address() {
      return present().address;
    },
    get gateway() {
      return present().gateway;
    },
    target: (deviceId = 'gate-1') => ({
      url: present().address.gate,
      gatewayId: GATEWAY_ID,
      deviceId,
      privateKey: keys.get(deviceId) ?? {},
      ...(options.clocks && { nowMs: options.clocks.now() }),
    }),
    async start(over = {}, changed = {}) {
      const { clocks } = options;
      const gateway = createGateway(
        { ...settings, ...changed },
        {
          log,
          ...options.gateway,
          ...(clocks && { clocks }),
          ...over,
        },
      );
      running = { gateway, address: await gateway.start() };
    },
    stopGateway,
    async stop() {
      if (running) await stopGateway();
      await between?.close();
      await platform.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function settingsOf(
  folder: string,
  dataFolder: string,
  platform: Pick<Platform, 'url' | 'rootJson' | 'sm2RootJson'>,
  over: Readonly<Record<string, unknown>>,
): Settings {
  const kept = (name: string, content: string | Uint8Array) => {
    const file = join(folder, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  const base = baseSettings(platform.url, 0);
  const paths = {
    data_dir: dataFolder,
    platform: {
      root_file: kept('root.json', platform.rootJson),
      ...sm2RootFile(platform, kept),
      token_file: kept('platform-token', PLATFORM_TOKEN),
    },
  };
  return parseSettings(laidOver(laidOver(base, paths), over));
}

/** Clocks that a test moves: wall and monotonic time apart. They stand still in between, in every thread. */
export class TestClocks {
  readonly cells = new SharedArrayBuffer(CLOCK_CELLS_BYTES);
  #wallMs: number;
  #monotonicMs = 0;

  constructor(wallMs: number) {
    this.#wallMs = wallMs;
    this.#set();
  }

  readonly now = (): number => this.#wallMs;
  readonly monotonic = (): number => this.#monotonicMs;

  /** Time passes: both clocks go on. */
  pass(ms: number): void {
    this.#wallMs += ms;
    this.#monotonicMs += ms;
    this.#set();
  }

  /** Somebody sets the machine's clock: no time passes. */
  setWall(wallMs: number): void {
    this.#wallMs = wallMs;
    this.#set();
  }

  #set(): void {
    setClockCells(this.cells, this.#wallMs, this.#monotonicMs);
  }
}
