/** The gateway of a run: a process of its own with enrolled devices, and a platform beside it. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { JsonWebKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDeviceToken } from '../../client/index.ts';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { loadScenes } from '../../config/scenes.ts';
import { type Limits, parseSettings } from '../../config/settings.ts';
import { jwkOf } from '../../crypto/signature/jose.ts';
import { makeSigningKey } from '../../crypto/signature/key-files.ts';
import { privateJwkOf } from '../../crypto/signature/private-jwk.ts';
import { openDeviceStore } from '../../gateway/devices/device-store.ts';
import { DEVICE_CLASSES, type DeviceClass } from '../../gateway/verification.ts';
import { PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import type { FleetOptions } from '../fleet/fleet.ts';
import { OptionsError } from '../options.ts';
import { listInForce } from './operations.ts';
import { type BusOfPlatform, type PlatformProcess, startPlatformProcess } from './platform-process.ts';

export interface BenchGateway {
  readonly gate: string;
  readonly http: string;
  /** Base address for operators; null: it is not known. */
  readonly admin: string | null;
  /** Null: it is not a process of the bench. */
  readonly pid: number | null;
  readonly engine: string;
  /** How its threads are scheduled: `realtime` or `fair`. */
  readonly scheduling: string;
  /** In force, given or by default; null: it is not known. */
  readonly limits: Limits | null;
  /** Null: it is not a process of the bench. */
  readonly platform: PlatformProcess | null;
  /** For a device of the class; each is good once. */
  token(deviceClass: DeviceClass, device: number): Promise<string>;
  stop(): Promise<void>;
}

/** One that the bench starts. */
export interface OwnGateway extends BenchGateway {
  readonly admin: string;
  readonly pid: number;
  readonly limits: Limits;
  readonly platform: PlatformProcess;
  readonly gatewayId: string;
  /** Of all its devices, `CLASS-0` to `CLASS-N`. */
  readonly privateKey: JsonWebKey;
  /** The end of what it wrote to its standard error: of a hotel's desk, the first password. */
  readonly saidOnce: () => string;
}

/** Null: it runs elsewhere. */
export function ownGateway(gateway: BenchGateway): OwnGateway | null {
  return 'privateKey' in gateway ? (gateway as OwnGateway) : null;
}

export interface BenchGatewayOptions {
  readonly fleet: FleetOptions;
  /** Devices of each class, `CLASS-0` to `CLASS-N`. */
  readonly devices: number;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Whether its scene takes every family, and copies; default: as the scenes that come along. */
  readonly takesAll?: boolean;
}

const GATEWAY_ID = 'bench';
const SAID_CHARACTERS = 16_384;
const MODE_LIVE_MS = 60_000;
const SCENE = '29/entry';
/** As `cli/onecard.js` starts it. */
const FLAGS = JSON.parse(
  readFileSync(new URL('../../cli/node-flags.json', import.meta.url), 'utf8'),
) as string[];
const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export async function startBenchGateway(options: BenchGatewayOptions): Promise<OwnGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-bench-'));
  const profile = profileOf(options.settings);
  const platform = await startPlatformProcess(folder, options.fleet, {
    matchKeyFile: matchKeyFile(options.settings),
    bus: busOf(options.settings),
    profile,
  });
  const config = join(folder, 'gateway.json');
  const settings = {
    gateway_id: GATEWAY_ID,
    data_dir: 'data',
    listen: { port: 0 },
    admin: { port: 0 },
    platform: {
      ...{ url: platform.url, root_file: 'root.json', token_file: 'platform-token' },
      ...(profile === 'sm' && { sm2_root_file: 'sm2-root.json' }),
    },
    ...(options.takesAll && { city: scenesFor(folder) }),
    ...options.settings,
  };
  const { limits } = parseSettings(settings);
  const privateKey = await enrol(folder, options.devices, profile);
  writeFileSync(config, JSON.stringify(settings));
  const child = spawn(process.execPath, [...FLAGS, MAIN, 'serve', '--config', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', end);
  let saidOnce = '';
  child.stderr?.on('data', (part: Buffer) => {
    saidOnce = `${saidOnce}${part.toString()}`.slice(-SAID_CHARACTERS);
    process.stderr.write(part);
  });
  const { gate, http, admin, engine, scheduling } = await listening(child).catch(async (cause) => {
    await platform.stop();
    process.off('exit', end);
    end();
    throw cause;
  });
  await listInForce(admin, MODE_LIVE_MS);
  return {
    gate,
    http,
    admin,
    engine,
    scheduling,
    limits,
    platform,
    pid: child.pid ?? 0,
    gatewayId: GATEWAY_ID,
    privateKey,
    saidOnce: () => saidOnce,
    token: (deviceClass, device) =>
      createDeviceToken({ deviceId: `${deviceClass}-${device}`, gatewayId: GATEWAY_ID, privateKey }),
    async stop() {
      const ended = once(child, 'exit');
      process.off('exit', end);
      child.kill('SIGTERM');
      await ended;
      await platform.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Of the hotel's desk, where there is one and it has such a key. */
function matchKeyFile({ hotel }: BenchGatewayOptions['settings']): string | null {
  const { match_key_file: file = null } = (hotel ?? {}) as { readonly match_key_file?: string };
  return file;
}

/** Name of the cluster and address of its servers, where the gateway is one of many: the platform speaks there too. */
function busOf({ cluster }: BenchGatewayOptions['settings']): BusOfPlatform | null {
  const { name, bus } = (cluster ?? {}) as {
    readonly name?: string;
    readonly bus?: { readonly servers: readonly string[] };
  };
  const [server] = bus?.servers ?? [];
  return name === undefined || server === undefined ? null : { cluster: name, server };
}

/** The gateway refuses another at its start. */
function profileOf({ crypto }: BenchGatewayOptions['settings']): CryptoProfile {
  const { profile = 'international' } = (crypto ?? {}) as { readonly profile?: CryptoProfile };
  return profile;
}

/** The scenes that come along, with every family taken at the one that is tapped at. */
function scenesFor(folder: string): string {
  const file = join(folder, 'city.json');
  const { document } = loadScenes(PRESENTABLE_FAMILIES);
  const { policies, scenes, ...rest } = document as ScenesDocument;
  const tapped = scenes.find(({ scene }) => scene === SCENE)?.policy;
  const open = { families: [...PRESENTABLE_FAMILIES.keys()], holder: 'any', not_covered: 'allow' };
  const changed = policies.map((each) => (each.policy === tapped ? { ...each, ...open } : each));
  writeFileSync(file, JSON.stringify({ ...rest, policies: changed, scenes }));
  return file;
}

interface ScenesDocument {
  readonly policies: readonly { readonly policy: string }[];
  readonly scenes: readonly { readonly scene: string; readonly policy: string }[];
}

/** All devices have one key: what is measured does not depend on it. */
async function enrol(folder: string, devices: number, profile: CryptoProfile): Promise<JsonWebKey> {
  const key = makeSigningKey(profile === 'sm' ? 'SM2' : 'Ed25519');
  const publicKeyJwk = jwkOf(key.publicKey);
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  const store = openDeviceStore(join(folder, 'data', 'devices'));
  for (const each of DEVICE_CLASSES) {
    for (let i = 0; i < devices; i += 1) {
      await store.registry.enrol({
        deviceId: `${each}-${i}`,
        class: each,
        scenes: [SCENE],
        publicKeyJwk,
        enrolledAtMs: Date.now(),
      });
    }
  }
  await store.close();
  return privateJwkOf(key);
}

interface Listening {
  readonly gate: string;
  readonly http: string;
  readonly admin: string;
  readonly engine: string;
  readonly scheduling: string;
}

/** Reads the log until the gateway says where it listens. */
function listening(child: ChildProcess): Promise<Listening> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', (code) =>
      reject(new OptionsError(`the gateway ended with status ${code} before it listened; it says why above`)),
    );
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const said = JSON.parse(line) as { readonly msg?: string };
        if (said.msg === 'listening') resolve(said as unknown as Listening);
      }
    });
  });
}
