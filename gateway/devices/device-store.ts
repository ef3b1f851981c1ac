/** The folder of devices: who is enrolled, and which tokens were used. */
import { type Environment, openEnvironment, openTable, type Table } from '../storage/lmdb-environment.ts';
import { DeviceRegistry } from './registry.ts';
import { UsedTokens } from './used-tokens.ts';

const TABLES = 3;
const MAP_BYTES = 1 << 30;

export interface DeviceStore {
  readonly registry: DeviceRegistry;
  readonly usedTokens: UsedTokens;
  close(): Promise<void>;
}

/** Opens the folder, and makes it if need be. More than one process may have it open. */
export function openDeviceStore(folder: string): DeviceStore {
  const environment = openEnvironment({
    folder,
    syncBeforeVisible: true,
    mapBytes: MAP_BYTES,
    databases: TABLES,
  });
  return {
    registry: new DeviceRegistry(environment, table(environment, 'devices')),
    usedTokens: new UsedTokens(
      environment,
      table(environment, 'used-tokens'),
      table(environment, 'used-token-expiries'),
    ),
    close: () => environment.close(),
  };
}

function table(environment: Environment, name: string): Table {
  const opened = openTable(environment, name);
  if (!opened) throw new Error(`the table ${name} cannot be made`);
  return opened;
}
