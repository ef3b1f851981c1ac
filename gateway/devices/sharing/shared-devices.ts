/**
 * What this gateway knows of what the cluster knows, beside its devices in the same file: `shared` has the highest revision of
 * each device that was seen there, `unshared` names those that were changed here since.
 */
import { commitFailure, type Environment, type Table } from '../../storage/lmdb-environment.ts';
import { type EnrolledDevice, RegistryError, readStoredDevice, storedDevice } from '../enrolled-device.ts';
import { type Newer, whoseIsNewer } from './whose-is-newer.ts';

/** Where what is known here of a device is known. */
export type KnownAt = 'all' | 'here';

export interface SharedTables {
  readonly devices: Table;
  readonly shared: Table;
  readonly unshared: Table;
}

export interface Compared {
  readonly newer: Newer;
  /** Whether it was changed here and the cluster was not told. */
  readonly wasUnshared: boolean;
  /** Whether such a change is over: another's holds. */
  readonly gaveWay: boolean;
}

export class SharedDevices {
  readonly #environment: Environment;
  readonly #tables: SharedTables;
  readonly #onEnrolled: () => void;

  /** `onEnrolled`: called once a device of another gateway is on disk. */
  constructor(environment: Environment, tables: SharedTables, onEnrolled: () => void) {
    this.#environment = environment;
    this.#tables = tables;
    this.#onEnrolled = onEnrolled;
  }

  /** Whether the cluster was ever seen to know a device of this folder. */
  get hasCluster(): boolean {
    this.#environment.resetReadTxn();
    for (const _ of this.#tables.shared.getKeys({ limit: 1 })) return true;
    return false;
  }

  knownAt({ deviceId, revision }: EnrolledDevice): KnownAt {
    this.#environment.resetReadTxn();
    return this.#seen(keyOf(deviceId)) >= revision && !this.#isUnshared(keyOf(deviceId)) ? 'all' : 'here';
  }

  /** Highest revision of a device that the cluster was seen to have; 0: none. */
  seen(deviceId: string): number {
    this.#environment.resetReadTxn();
    return this.#seen(keyOf(deviceId));
  }

  /** At most so many of those that were changed here and are not known to all. */
  unshared(limit: number): readonly string[] {
    this.#environment.resetReadTxn();
    return Array.from(this.#tables.unshared.getKeys({ limit }), (key) => Buffer.from(key).toString('utf8'));
  }

  /** How many there are of these. */
  get unsharedCount(): number {
    this.#environment.resetReadTxn();
    return (this.#tables.unshared.getStats() as { entryCount: number }).entryCount;
  }

  /** As it is known here; null: it is not. */
  find(deviceId: string): EnrolledDevice | null {
    this.#environment.resetReadTxn();
    return this.#find(keyOf(deviceId));
  }

  /** Names of all that are known here. */
  names(): string[] {
    this.#environment.resetReadTxn();
    return Array.from(this.#tables.devices.getKeys({}), (key) => Buffer.from(key).toString('utf8'));
  }

  /**
   * Compares what the cluster has of a device with what is known here, and takes it where it is newer; durable when it
   * resolves. Rejects with RegistryError.
   */
  async compare(there: EnrolledDevice): Promise<Compared> {
    const key = keyOf(there.deviceId);
    this.#environment.resetReadTxn();
    const before = this.#compared(key, there);
    const isSettled = before.newer.kind === 'same' && this.#seen(key) === there.revision;
    // Mostly nothing is new, and nothing need be written.
    if (before.newer.kind === 'rolled_back' || (isSettled && !before.wasUnshared)) return before;
    const compared = await this.#write(() => {
      const now = this.#compared(key, there);
      if (now.newer.kind === 'there' || now.newer.kind === 'same') {
        this.#tables.devices.put(key, storedDevice(there));
        this.#tables.shared.put(key, revisionBytes(there.revision));
        this.#tables.unshared.remove(key);
      }
      if (now.newer.kind === 'here') {
        this.#tables.devices.put(key, storedDevice(now.newer.device));
        this.#tables.unshared.put(key, UNSHARED);
      }
      return now;
    });
    if (compared.newer.kind === 'there') this.#onEnrolled();
    return compared;
  }

  /** The cluster has it as it was known here; durable when it resolves. Rejects with RegistryError. */
  async published({ deviceId, revision }: EnrolledDevice): Promise<void> {
    const key = keyOf(deviceId);
    await this.#write(() => {
      if (this.#seen(key) < revision) this.#tables.shared.put(key, revisionBytes(revision));
      // It may have been changed again meanwhile.
      if (this.#find(key)?.revision === revision) this.#tables.unshared.remove(key);
    });
  }

  #compared(key: Buffer, there: EnrolledDevice): Compared {
    const sides = { here: this.#find(key), there, seen: this.#seen(key) };
    const [newer, wasUnshared] = [whoseIsNewer(sides), this.#isUnshared(key)];
    return { newer, wasUnshared, gaveWay: wasUnshared && newer.kind === 'there' && newer.isLoss };
  }

  #find(key: Buffer): EnrolledDevice | null {
    const stored = this.#tables.devices.get(key);
    return stored === undefined ? null : readStoredDevice(stored);
  }

  #seen(key: Buffer): number {
    const seen = this.#tables.shared.get(key);
    return seen === undefined ? 0 : Number(seen.readBigUInt64BE());
  }

  #isUnshared(key: Buffer): boolean {
    return this.#tables.unshared.get(key) !== undefined;
  }

  async #write<T>(action: () => T): Promise<T> {
    try {
      return await this.#environment.transaction(action);
    } catch (rejection) {
      if (rejection instanceof RegistryError) throw rejection;
      const { error } = await commitFailure(rejection);
      throw new RegistryError(`the device could not be stored: ${error.message}`, { cause: error });
    }
  }
}

const UNSHARED = Buffer.of(1);
const REVISION_BYTES = 8;

function revisionBytes(revision: number): Buffer {
  const bytes = Buffer.allocUnsafe(REVISION_BYTES);
  bytes.writeBigUInt64BE(BigInt(revision));
  return bytes;
}

function keyOf(deviceId: string): Buffer {
  return Buffer.from(deviceId, 'utf8');
}
