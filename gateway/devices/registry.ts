/** Devices this gateway knows. Kept in LMDB, so that a running gateway sees what the command line enrols. */

import { LRUCache } from 'lru-cache';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { OnecardError } from '../../config/onecard-error.ts';
import { commitFailure, type Environment, type Table } from '../storage/lmdb-environment.ts';
import { DEVICE_CLASSES, type DeviceClass } from '../verification.ts';
import { checkDeviceJwk, type DeviceJwk } from './device-key.ts';
import { strangerKey } from './stranger-key.ts';

/** Scenes one device may be enrolled for. */
const SCENES_MAX = 64;
const DEVICE_ID = '^[a-z0-9][a-z0-9._-]{0,62}$';
const deviceIdPattern = new RegExp(DEVICE_ID);
/** Devices whose stored text is remembered with what was read of it. */
const REMEMBERED_DEVICES = 4_096;

export interface EnrolledDevice {
  readonly deviceId: string;
  readonly class: DeviceClass;
  readonly scenes: readonly string[];
  readonly publicKeyJwk: DeviceJwk;
  readonly enrolledAtMs: number;
  /** Null while the device may be used. */
  readonly revokedAtMs: number | null;
}

const EnrolledDeviceSchema = Compile(
  Type.Object(
    {
      deviceId: Type.String({ pattern: DEVICE_ID }),
      class: Type.Union(DEVICE_CLASSES.map((each) => Type.Literal(each))),
      scenes: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: SCENES_MAX }),
      publicKeyJwk: Type.Union([
        Type.Object(
          { kty: Type.Literal('EC'), crv: Type.Literal('P-256'), x: Type.String(), y: Type.String() },
          { additionalProperties: false },
        ),
        Type.Object(
          { kty: Type.Literal('OKP'), crv: Type.Literal('Ed25519'), x: Type.String() },
          { additionalProperties: false },
        ),
      ]),
      enrolledAtMs: Type.Number(),
      revokedAtMs: Type.Union([Type.Number(), Type.Null()]),
    },
    { additionalProperties: false },
  ),
);

/** What was asked of the registry cannot be done; the message is fit to be shown to the operator. */
export class RegistryError extends OnecardError {
  override readonly name = 'RegistryError';
  readonly code = 'registry_refused';
}

export function isDeviceId(text: string): boolean {
  return deviceIdPattern.test(text);
}

/**
 * Names one enrolment: the device, when it was enrolled, and its key. Whoever is enrolled anew under the name, with this
 * key or another, has another one.
 */
export function enrolmentOf({ deviceId, enrolledAtMs, publicKeyJwk }: EnrolledDevice): string {
  const { crv, x } = publicKeyJwk;
  const point = 'y' in publicKeyJwk ? `${x}.${publicKeyJwk.y}` : x;
  return `${deviceId} ${enrolledAtMs} ${crv} ${point}`;
}

/** What is read in place of a device that is not there: an entry like others. */
const STRANGER: EnrolledDevice = {
  deviceId: 'stranger',
  class: 'gate',
  scenes: ['29/entry'],
  publicKeyJwk: strangerKey('ES256'),
  enrolledAtMs: 0,
  revokedAtMs: null,
};
const STRANGER_STORED = Buffer.from(JSON.stringify(STRANGER));

interface ReadDevice {
  readonly stored: Buffer;
  readonly device: EnrolledDevice;
}

export class DeviceRegistry {
  readonly #environment: Environment;
  readonly #devices: Table;
  readonly #onEnrolled: () => void;
  readonly #read = new LRUCache<string, ReadDevice>({ max: REMEMBERED_DEVICES });

  /** `onEnrolled`: called once a device is on disk. */
  constructor(environment: Environment, devices: Table, onEnrolled: () => void = () => {}) {
    this.#environment = environment;
    this.#devices = devices;
    this.#onEnrolled = onEnrolled;
  }

  /** Whether no device was ever enrolled: one that was stays, also when it is revoked. */
  get isEmpty(): boolean {
    this.#environment.resetReadTxn();
    for (const _ of this.#devices.getKeys({ limit: 1 })) return false;
    return true;
  }

  /**
   * Enrols a device; durable when it resolves. Rejects with RegistryError when the name is taken, unless `replace`,
   * and with DeviceKeyError when the key cannot be used.
   */
  async enrol(device: Omit<EnrolledDevice, 'revokedAtMs'>, replace = false): Promise<EnrolledDevice> {
    const enrolled = { ...device, publicKeyJwk: checkDeviceJwk(device.publicKeyJwk), revokedAtMs: null };
    const faults = EnrolledDeviceSchema.Errors(enrolled).map((e) => `${e.instancePath} ${e.message}`);
    if (faults.length > 0) throw new RegistryError(`the device cannot be enrolled: ${faults.join('; ')}`);
    const known = this.find(device.deviceId);
    if (known && !replace) {
      const state = known.revokedAtMs === null ? 'enrolled' : 'revoked';
      throw new RegistryError(`there is already a device ${device.deviceId} (${state})`);
    }
    await this.#store(enrolled);
    this.#onEnrolled();
    return enrolled;
  }

  /** Revokes a device from a time on; durable when it resolves. Rejects with RegistryError when there is none. */
  async revoke(deviceId: string, atMs: number): Promise<EnrolledDevice> {
    const known = this.find(deviceId);
    if (!known) throw new RegistryError(`there is no device ${deviceId}`);
    const revoked = { ...known, revokedAtMs: known.revokedAtMs ?? atMs };
    await this.#store(revoked);
    return revoked;
  }

  /** The device as it is enrolled now, also when another process changed it; null when there is none. */
  find(deviceId: string): EnrolledDevice | null {
    if (!isDeviceId(deviceId)) return null;
    this.#environment.resetReadTxn();
    const stored = this.#devices.get(Buffer.from(deviceId, 'utf8'));
    if (!stored) return null;
    const known = this.#read.get(deviceId);
    if (known?.stored.equals(stored)) return known.device;
    const device = readDevice(stored);
    this.#read.set(deviceId, { stored: Buffer.from(stored), device });
    return device;
  }

  /**
   * As `find`, and takes about as long whether there is such a device or not: it is read anew each time, and a stranger's
   * entry in place of one that is missing.
   */
  findSteadily(deviceId: string): EnrolledDevice | null {
    this.#environment.resetReadTxn();
    const stored = this.#devices.get(
      Buffer.from(isDeviceId(deviceId) ? deviceId : STRANGER.deviceId, 'utf8'),
    );
    const device = readDevice(stored ?? STRANGER_STORED);
    return stored && device.deviceId === deviceId ? device : null;
  }

  /** Every device, by name. */
  list(): EnrolledDevice[] {
    this.#environment.resetReadTxn();
    return Array.from(this.#devices.getRange({}), ({ value }) => readDevice(value));
  }

  /** At most `limit` devices by name, from after one of them on. */
  page(after: string | null, limit: number): EnrolledDevice[] {
    this.#environment.resetReadTxn();
    const start = after === null ? {} : { start: Buffer.from(`${after}\0`, 'utf8') };
    return Array.from(this.#devices.getRange({ ...start, limit }), ({ value }) => readDevice(value));
  }

  async #store(device: EnrolledDevice): Promise<void> {
    try {
      await this.#devices.put(Buffer.from(device.deviceId, 'utf8'), Buffer.from(JSON.stringify(device)));
    } catch (rejection) {
      const { error } = await commitFailure(rejection);
      throw new RegistryError(`the device could not be stored: ${error.message}`, { cause: error });
    }
  }
}

function readDevice(value: Uint8Array): EnrolledDevice {
  let device: unknown = null;
  try {
    device = JSON.parse(Buffer.from(value).toString('utf8'));
  } catch {
    // Told below, as any other wrong content.
  }
  if (!EnrolledDeviceSchema.Check(device)) throw new RegistryError('a device is not stored as one');
  return device as EnrolledDevice;
}
