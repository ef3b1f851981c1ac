/** The folder of devices: who is enrolled, and which tokens were used. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, openEnvironment, openTable, type Table } from '../storage/lmdb-environment.ts';
import { replacePrivateFile } from '../storage/private-files.ts';
import { DeviceRegistry, RegistryError } from './registry.ts';
import { SharedDevices } from './sharing/shared-devices.ts';
import { UsedTokens } from './used-tokens.ts';

const TABLES = 5;
const MAP_BYTES = 1 << 30;

export interface DeviceStore {
  readonly registry: DeviceRegistry;
  readonly usedTokens: UsedTokens;
  /** What the other gateways of a cluster know of them. */
  readonly sharing: SharedDevices;
  close(): Promise<void>;
}

/**
 * Opens the folder, and makes it if need be. More than one process may have it open. Throws RegistryError, which
 * names the file, when it cannot be opened, a device in it cannot be read, or it holds none any more.
 */
export function openDeviceStore(folder: string): DeviceStore {
  refuseEmptyFile(folder);
  const environment = opened(folder);
  try {
    const devices = table(environment, 'devices');
    const [shared, unshared] = [table(environment, 'shared'), table(environment, 'unshared')];
    const onEnrolled = () => markEnrolled(folder);
    const registry = new DeviceRegistry(environment, { devices, unshared }, onEnrolled);
    refuseEmptied(folder, registry);
    return {
      registry,
      sharing: new SharedDevices(environment, { devices, shared, unshared }, onEnrolled),
      usedTokens: new UsedTokens(
        environment,
        table(environment, 'used-tokens'),
        table(environment, 'used-token-expiries'),
      ),
      close: () => environment.close(),
    };
  } catch (cause) {
    void environment.close();
    throw unusable(folder, (cause as Error).message, cause);
  }
}

const dataFile = (folder: string) => join(folder, 'data.mdb');
/** Beside the folder, so that it also tells when the whole folder is gone. */
const enrolledFile = (folder: string) => `${folder}.enrolled`;

const ENROLLED_TEXT =
  'Devices were enrolled at this gateway. As long as this file is here, it does not start without any.\n';

function markEnrolled(folder: string): void {
  try {
    if (!existsSync(enrolledFile(folder))) replacePrivateFile(enrolledFile(folder), ENROLLED_TEXT);
  } catch {
    // The device is enrolled all the same, and a disk that is full now is tried again at the next start.
  }
}

/** LMDB would take an empty file for a new one. */
function refuseEmptyFile(folder: string): void {
  const file = dataFile(folder);
  if (existsSync(file) && statSync(file).size === 0) throw unusable(folder, 'it was emptied');
}

/** No device at all is how a gateway begins, and nothing it comes back to: devices are revoked, never removed. */
function refuseEmptied(folder: string, registry: DeviceRegistry): void {
  if (!registry.isEmpty) {
    // Every one is read: what is damaged is found now, not at the device's next connection.
    registry.list();
    markEnrolled(folder);
  } else if (existsSync(enrolledFile(folder))) {
    throw new RegistryError(`it holds no device, and there were some (${enrolledFile(folder)} says so)`);
  }
}

function opened(folder: string): Environment {
  try {
    return openEnvironment({ folder, syncBeforeVisible: true, mapBytes: MAP_BYTES, databases: TABLES });
  } catch (cause) {
    throw unusable(folder, (cause as Error).message, cause);
  }
}

function unusable(folder: string, why: string, cause?: unknown): RegistryError {
  return new RegistryError(
    `the devices in ${dataFile(folder)} cannot be used: ${why}. Restore the file from a backup; or remove ${folder} and ` +
      `${enrolledFile(folder)}, and enrol every device anew`,
    { cause },
  );
}

function table(environment: Environment, name: string): Table {
  const opened = openTable(environment, name);
  if (!opened) throw new Error(`the table ${name} cannot be made`);
  return opened;
}
