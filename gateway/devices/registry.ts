/** Devices this gateway knows. Kept in LMDB, so that a running gateway sees what the command line enrols. */

import { LRUCache } from 'lru-cache';
import {
  commitFailure,
  type Environment,
  newestTransaction,
  type Table,
} from '../storage/lmdb-environment.ts';
import { checkDeviceJwk, profileOf } from './device-key.ts';
import {
  deviceFaults,
  type EnrolledDevice,
  isDeviceId,
  RegistryError,
  readStoredDevice,
  storedDevice,
} from './enrolled-device.ts';

/** Devices whose stored text is remembered with what was read of it. */
const REMEMBERED_DEVICES = 4_096;

export { type EnrolledDevice, enrolmentOf, isDeviceId, RegistryError } from './enrolled-device.ts';

/** What is read in place of a device that is not there: an entry like others, whose key verifies nothing. */
const STRANGER: EnrolledDevice = {
  deviceId: 'stranger',
  class: 'gate',
  scenes: ['29/entry'],
  publicKeyJwk: { kty: 'EC', crv: 'SM2', x: 'A'.repeat(43), y: 'A'.repeat(43) },
  enrolledAtMs: 0,
  revokedAtMs: null,
  revision: 1,
};
const STRANGER_STORED = storedDevice(STRANGER);

const CHANGED = Buffer.of(1);

interface ReadDevice {
  readonly stored: Buffer;
  readonly device: EnrolledDevice;
}

export class DeviceRegistry {
  readonly #environment: Environment;
  readonly #devices: Table;
  readonly #unshared: Table;
  readonly #onEnrolled: () => void;
  readonly #read = new LRUCache<string, ReadDevice>({ max: REMEMBERED_DEVICES });

  /** `onEnrolled`: called once a device is on disk. */
  constructor(
    environment: Environment,
    { devices, unshared }: { readonly devices: Table; readonly unshared: Table },
    onEnrolled: () => void = () => {},
  ) {
    this.#environment = environment;
    this.#devices = devices;
    this.#unshared = unshared;
    this.#onEnrolled = onEnrolled;
  }

  /** While it is the same, nobody was enrolled or revoked, by whatever process. It also changes for less. */
  get change(): number {
    return newestTransaction(this.#environment);
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
  async enrol(
    device: Omit<EnrolledDevice, 'revokedAtMs' | 'revision'>,
    replace = false,
  ): Promise<EnrolledDevice> {
    const publicKeyJwk = checkDeviceJwk(device.publicKeyJwk);
    const first = { ...device, publicKeyJwk, revokedAtMs: null, revision: 1 };
    const faults = deviceFaults(first);
    if (faults.length > 0) throw new RegistryError(`the device cannot be enrolled: ${faults.join('; ')}`);
    const { taken, device: enrolled } = await this.#change(device.deviceId, (known) => {
      if (known === null) return { taken: false, device: first };
      if (!replace) return { taken: true, device: known };
      return { taken: false, device: { ...first, revision: known.revision + 1 } };
    });
    if (taken) {
      const state = enrolled.revokedAtMs === null ? 'enrolled' : 'revoked';
      throw new RegistryError(`there is already a device ${device.deviceId} (${state})`);
    }
    this.#onEnrolled();
    return enrolled;
  }

  /**
   * Gives a device a second key, of the other profile, in place of one that it had; durable when it resolves. Its connections and
   * sessions go on. Rejects with RegistryError, and with DeviceKeyError when the key cannot be used.
   */
  async addKey(deviceId: string, jwk: unknown): Promise<EnrolledDevice> {
    const otherKeyJwk = checkDeviceJwk(jwk);
    let refusal = `there is no device ${deviceId}`;
    const { device } = await this.#change<EnrolledDevice | null>(deviceId, (known) => {
      if (known === null) return { taken: true, device: null };
      if (known.revokedAtMs !== null) refusal = `the device ${deviceId} was revoked: enrol it anew`;
      else if (profileOf(otherKeyJwk) !== profileOf(known.publicKeyJwk)) {
        return { taken: false, device: { ...known, otherKeyJwk, revision: known.revision + 1 } };
      } else refusal = `a second key is of the other profile: the first is of ${known.publicKeyJwk.crv} too`;
      return { taken: true, device: null };
    });
    if (device === null) throw new RegistryError(refusal);
    return device;
  }

  /** Revokes a device from a time on; durable when it resolves. Rejects with RegistryError when there is none. */
  async revoke(deviceId: string, atMs: number): Promise<EnrolledDevice> {
    const { device } = await this.#change(deviceId, (known) => {
      if (known === null) return { taken: true, device: null };
      if (known.revokedAtMs !== null) return { taken: true, device: known };
      return { taken: false, device: { ...known, revokedAtMs: atMs, revision: known.revision + 1 } };
    });
    if (device === null) throw new RegistryError(`there is no device ${deviceId}`);
    return device;
  }

  /** The device as it is enrolled now, also when another process changed it; null when there is none. */
  find(deviceId: string): EnrolledDevice | null {
    if (!isDeviceId(deviceId)) return null;
    this.#environment.resetReadTxn();
    const stored = this.#devices.get(Buffer.from(deviceId, 'utf8'));
    if (!stored) return null;
    const known = this.#read.get(deviceId);
    if (known?.stored.equals(stored)) return known.device;
    const device = readStoredDevice(stored);
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
    const device = readStoredDevice(stored ?? STRANGER_STORED);
    return stored && device.deviceId === deviceId ? device : null;
  }

  /** Every device, by name. */
  list(): EnrolledDevice[] {
    this.#environment.resetReadTxn();
    return Array.from(this.#devices.getRange({}), ({ value }) => readStoredDevice(value));
  }

  /** At most `limit` devices by name, from after one of them on. */
  page(after: string | null, limit: number): EnrolledDevice[] {
    this.#environment.resetReadTxn();
    const start = after === null ? {} : { start: Buffer.from(`${after}\0`, 'utf8') };
    return Array.from(this.#devices.getRange({ ...start, limit }), ({ value }) => readStoredDevice(value));
  }

  /** Atomically among all processes. What is `taken` is left as it was. */
  async #change<T extends EnrolledDevice | null>(
    deviceId: string,
    decide: (known: EnrolledDevice | null) => { readonly taken: boolean; readonly device: T },
  ): Promise<{ readonly taken: boolean; readonly device: T }> {
    const key = Buffer.from(deviceId, 'utf8');
    const changed = this.#environment.transaction(() => {
      const stored = isDeviceId(deviceId) ? this.#devices.get(key) : undefined;
      const decided = decide(stored === undefined ? null : readStoredDevice(stored));
      if (decided.device !== null && !decided.taken) {
        this.#devices.put(key, storedDevice(decided.device));
        // What all gateways of a cluster must know, and do not yet.
        this.#unshared.put(key, CHANGED);
      }
      return decided;
    });
    try {
      return await changed;
    } catch (rejection) {
      if (rejection instanceof RegistryError) throw rejection;
      const { error } = await commitFailure(rejection);
      throw new RegistryError(`the device could not be stored: ${error.message}`, { cause: error });
    }
  }
}
