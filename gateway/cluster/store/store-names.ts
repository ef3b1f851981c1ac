/** What the entries of the store are called. All begin with the cluster's name, so that several can share servers. */
import type { DigestAlgorithm, MacAlgorithm } from '../../../crypto/algorithms.ts';
import { digestOf } from '../../../crypto/digest.ts';
import type { TapId } from '../../verification.ts';

/** Names of SHA-256 say nothing of it, as ever. */
const SUFFIX = { 'HMAC-SHA-256': '', 'HMAC-SM3': '.sm3' } as const satisfies Record<MacAlgorithm, string>;
const MARK_BYTES = 8;

export interface StoreNames {
  /** A showing, by its shared name of 16 bytes, in hex as records say it. */
  showing(name: Uint8Array): string;
  /** A card's uses on one revision of the list, by its name under the key for budgets, which is made with an algorithm. */
  card(listRevision: string, name: Uint8Array, algorithm: MacAlgorithm): string;
  /** A device's token, by its name, which begins with a hex digit. */
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
    card: (listRevision, name, algorithm) =>
      `${prefix}:card:${listRevision}:${hex(name)}${SUFFIX[algorithm]}`,
    // What stands in braces decides on which server of a Redis Cluster it is: the same for both.
    token: (name) => `${prefix}:token:{${name.slice(0, 1)}}:${name}`,
    tokensSince: (name) => `${prefix}:tokens-since:{${name.slice(0, 1)}}`,
    look: `${prefix}:look`,
  };
}

/** Who took a showing: the first 8 bytes of a digest of device, stream and number, in hex; one of SM3 says so. */
export function tapMark({ deviceId, stream, seq }: TapId, algorithm: DigestAlgorithm): string {
  const digest = digestOf(algorithm, Buffer.from(`${deviceId}\0${stream}\0${seq}`));
  const digits = digest.toString('hex', 0, MARK_BYTES);
  return algorithm === 'SM3' ? `sm3:${digits}` : digits;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
