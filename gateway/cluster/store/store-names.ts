/** What the entries of the store are called. All begin with the cluster's name, so that several can share servers. */
import { hash } from 'node:crypto';
import type { TapId } from '../../verification.ts';

export interface StoreNames {
  /** A showing, by its shared name of 16 bytes, in hex as records say it. */
  showing(name: Uint8Array): string;
  /** A card's uses on one revision of the list, by its name under the key for budgets. */
  card(listRevision: string, name: Uint8Array): string;
  /** A device's token, by its name of hex digits. */
  token(name: string): string;
  /** Since when the part of the store remembers in which this token is: there are sixteen. */
  tokensSince(name: string): string;
  /** Written by who only wants to know whether it can be. */
  readonly look: string;
}

export function storeNames(cluster: string): StoreNames {
  const prefix = `onecard:${cluster}`;
  return {
    showing: (name) => `${prefix}:shown:${hex(name)}`,
    card: (listRevision, name) => `${prefix}:card:${listRevision}:${hex(name)}`,
    // What stands in braces decides on which server of a Redis Cluster it is: the same for both.
    token: (name) => `${prefix}:token:{${name.slice(0, 1)}}:${name}`,
    tokensSince: (name) => `${prefix}:tokens-since:{${name.slice(0, 1)}}`,
    look: `${prefix}:look`,
  };
}

/** Who took a showing: the first 8 bytes of the SHA-256 of device, stream and number, in hex. */
export function tapMark({ deviceId, stream, seq }: TapId): string {
  return hash('sha256', `${deviceId}\0${stream}\0${seq}`, 'hex').slice(0, 16);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
