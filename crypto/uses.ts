/**
 * Everything that is signed, sealed or hashed, in one table: what it protects, and with which algorithm in each profile. Code
 * asks it for its algorithm by the name of the use, so the table cannot say otherwise than what is done.
 */
import type { CryptoProfile } from '../config/crypto-settings.ts';
import { CLUSTER_USES } from './uses/cluster.ts';
import { CONTENT_USES } from './uses/content.ts';
import { CREDENTIAL_USES } from './uses/credentials.ts';
import { DEVICE_USES } from './uses/devices.ts';
import { HOTEL_USES } from './uses/hotel.ts';
import { JOURNAL_USES } from './uses/journal.ts';
import { LIST_USES } from './uses/lists.ts';
import { RECEIPT_USES } from './uses/receipts.ts';
import { TRANSPORT_USES } from './uses/transport.ts';
import type { ProfileUse } from './uses/use.ts';

export const USES = {
  ...JOURNAL_USES,
  ...LIST_USES,
  ...DEVICE_USES,
  ...CLUSTER_USES,
  ...RECEIPT_USES,
  ...HOTEL_USES,
  ...TRANSPORT_USES,
  ...CREDENTIAL_USES,
  ...CONTENT_USES,
};

type Table = typeof USES;

/** Uses whose algorithm is the profile's. */
export type UseName = {
  [U in keyof Table]: Table[U] extends ProfileUse ? U : never;
}[keyof Table];

export function algorithmFor<U extends UseName, P extends CryptoProfile>(use: U, profile: P): Table[U][P] {
  const row: Table[U] = USES[use];
  return row[profile];
}
