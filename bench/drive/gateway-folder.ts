/** What a gateway of the bench starts from: its settings, enrolled devices, and a platform beside it. */
import type { JsonWebKey } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
import { type BusOfPlatform, type PlatformProcess, startPlatformProcess } from './platform-process.ts';

export interface BenchGatewayOptions {
  readonly fleet: FleetOptions;
  /** Devices of each class, `CLASS-0` to `CLASS-N`. */
  readonly devices: number;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Whether its scene takes every family, and copies; default: as the scenes that come along. */
  readonly takesAll?: boolean;
}

export interface GatewayFolder {
  /** The file of its settings. */
  readonly config: string;
  readonly limits: Limits;
  readonly platform: PlatformProcess;
  readonly gatewayId: string;
  /** Of all its devices, `CLASS-0` to `CLASS-N`. */
  readonly privateKey: JsonWebKey;
  /** For a device of the class; each is good once. */
  token(deviceClass: DeviceClass, device: number): Promise<string>;
  /** Stops the platform, and removes the folder. */
  remove(): Promise<void>;
}

const GATEWAY_ID = 'bench';
const SCENE = '29/entry';

export async function prepareGatewayFolder(options: BenchGatewayOptions): Promise<GatewayFolder> {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-bench-'));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
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
  return {
    ...{ config, limits, platform, privateKey, gatewayId: GATEWAY_ID },
    token: (deviceClass, device) =>
      createDeviceToken({ deviceId: `${deviceClass}-${device}`, gatewayId: GATEWAY_ID, privateKey }),
    async remove() {
      await platform.stop();
      process.off('exit', removeFolder);
      removeFolder();
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
