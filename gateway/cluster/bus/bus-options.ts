/** What a connection to the bus is made of, by the settings; what is wrong with them is found before a start. */
import { readFileSync } from 'node:fs';
import type { ClusterSettings } from '../../../config/settings.ts';
import { ClusterError } from '../cluster-error.ts';

export interface BusOptions {
  /** `tls://host:port`, or `nats://host:port`. */
  readonly servers: readonly string[];
  /** JetStream domain of the hub, where the servers are leaf nodes. */
  readonly domain?: string | undefined;
  /** JWT and seed; read at each connection. */
  readonly credentialsFile?: string | undefined;
  readonly caFile?: string | undefined;
  readonly pingMs: number;
  readonly reconnectMs: number;
  /** What the servers know this client by. */
  readonly name: string;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** What a file of credentials holds: the user's JWT, then the seed of its key. */
const CREDENTIALS =
  /-{3,}BEGIN NATS USER JWT-{3,}\s+\S+\s+-{3,}[\s\S]+-{3,}BEGIN USER NKEY SEED-{3,}\s+SU\S+\s/;

export function busOptions(
  gatewayId: string,
  bus: NonNullable<ClusterSettings['bus']>,
  now: () => number,
): BusOptions {
  return {
    servers: bus.servers,
    domain: bus.domain,
    credentialsFile: bus.credentials_file,
    caFile: bus.ca_file,
    pingMs: bus.ping_ms,
    reconnectMs: bus.reconnect_ms,
    name: `onecard gateway ${gatewayId}`,
    now,
  };
}

/** Throws ClusterError `unusable` for files that cannot be read or hold something else. */
export function checkBusFiles({
  credentialsFile,
  caFile,
}: Pick<BusOptions, 'credentialsFile' | 'caFile'>): void {
  readCredentials(credentialsFile);
  if (caFile !== undefined && !read(caFile, 'cluster.bus.ca_file').includes('-----BEGIN CERTIFICATE-----')) {
    throw new ClusterError('unusable', `cluster.bus.ca_file: ${caFile} holds no certificate in PEM`);
  }
}

/** Null: there are none. Throws ClusterError `unusable`, which names the file and never what it holds. */
export function readCredentials(file: string | undefined): Uint8Array | null {
  if (file === undefined) return null;
  const text = read(file, 'cluster.bus.credentials_file');
  if (!CREDENTIALS.test(text)) {
    throw new ClusterError(
      'unusable',
      `cluster.bus.credentials_file: ${file} does not hold the JWT and the seed of a user of NATS (nsc generate creds makes one)`,
    );
  }
  return Buffer.from(text);
}

function read(file: string, setting: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ClusterError('unusable', `${setting} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
