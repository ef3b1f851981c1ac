/** A gateway that runs already, in another process or on another machine: only its public address is used. */
import type { JsonWebKey } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createDeviceToken } from '../../client/index.ts';
import { DEVICE_CLASSES, type DeviceClass } from '../../gateway/verification.ts';
import type { FleetOptions } from '../fleet/fleet.ts';
import { OptionsError, type Target } from '../options.ts';
import type { BenchGateway } from './gateway.ts';
import { readinessOf } from './operations.ts';

const READY_MS = 5_000;
const GATE_PATH = '/v1/gate';
const KEY_FILE = /^(.+)\.jwk$/;

interface DeviceKey {
  readonly deviceId: string;
  readonly privateKey: JsonWebKey;
}

/** Throws OptionsError when it does not answer, is not ready, or there is no key of a device. */
export async function gatewayElsewhere(target: Target, fleet: FleetOptions): Promise<BenchGateway> {
  const devices = deviceKeys(target.devices);
  const http = new URL(target.url).origin;
  await requireReady(http, fleet);
  return {
    gate: `${http.replace(/^http/, 'ws')}${GATE_PATH}`,
    http,
    admin: null,
    engine: 'of a gateway elsewhere',
    scheduling: 'unknown',
    pid: null,
    limits: null,
    platform: null,
    token(deviceClass, device) {
      const { deviceId, privateKey } = deviceOf(devices, deviceClass, device);
      return createDeviceToken({ deviceId, gatewayId: target.gatewayId, privateKey });
    },
    stop: async () => {},
  };
}

/** Devices take turns. Where names begin with a class, as `gate-1` does, those of the class asked for. */
function deviceOf(devices: readonly DeviceKey[], deviceClass: DeviceClass, n: number): DeviceKey {
  const classOf = ({ deviceId }: DeviceKey) => DEVICE_CLASSES.find((each) => deviceId.startsWith(each));
  const own = devices.filter((each) => classOf(each) === deviceClass);
  const among = own.length > 0 ? own : devices;
  return among[n % among.length] as DeviceKey;
}

/** Of a file `ID.jwk`, or of every such file in a folder, as `onecard device enroll --generate` writes them. */
function deviceKeys(path: string): readonly DeviceKey[] {
  try {
    const files = statSync(path).isDirectory()
      ? readdirSync(path)
          .filter((name) => KEY_FILE.test(name))
          .sort()
          .map((name) => join(path, name))
      : [path];
    if (files.length === 0) throw new OptionsError(`--devices: there is no file ID.jwk in ${path}`);
    return files.map(readKey);
  } catch (cause) {
    if (cause instanceof OptionsError) throw cause;
    throw new OptionsError(`--devices: ${(cause as Error).message}`, { cause });
  }
}

function readKey(file: string): DeviceKey {
  const deviceId = KEY_FILE.exec(basename(file))?.[1];
  if (deviceId === undefined)
    throw new OptionsError(`--devices: ${file} must be named ID.jwk, after its device`);
  let privateKey: JsonWebKey;
  try {
    privateKey = JSON.parse(readFileSync(file, 'utf8')) as JsonWebKey;
  } catch {
    throw new OptionsError(`--devices: ${file} is no JSON`);
  }
  if (typeof privateKey.d !== 'string')
    throw new OptionsError(`--devices: ${file} holds no private key (JWK)`);
  return { deviceId, privateKey };
}

async function requireReady(http: string, { seed, cards, chips }: FleetOptions): Promise<void> {
  const readiness = await readinessOf(http, READY_MS).catch((cause: Error) => {
    const why = cause.cause instanceof Error ? cause.cause.message : cause.message;
    throw new OptionsError(`--url: no gateway answers at ${http}: ${why}`, { cause });
  });
  const hint = `is it running with the platform of this city: onecard platform --seed ${seed} --cards ${cards} --chips ${chips}?`;
  if (readiness.status !== 200) throw new OptionsError(`--url: the gateway at ${http} is not ready; ${hint}`);
}
