/** The card list: one entry for each credential of each card, under the names that a proof gives them. */
import { toHex } from '../../workers/codecs/hex.ts';
import type { CardIdentity, ListedState } from './identity.ts';

/** Issuer, credential id, state, entitlement bits. */
export type CardListEntry = readonly [
  issuer: string,
  credentialId: string,
  state: Exclude<ListedState, 'unknown'>,
  entitlements: number,
];

export interface CredentialName {
  readonly issuer: string;
  readonly credentialId: string;
}

export interface CredentialNames {
  readonly chip: CredentialName;
  readonly ride: CredentialName;
}

/** Ride code: issuer code; with it the digits of the user account, without the F's that fill it. */
export function rideCodeName(issuerCode: Uint8Array, userAccount: Uint8Array): CredentialName {
  const issuer = toHex(issuerCode);
  return { issuer, credentialId: `${issuer}:${toHex(userAccount).replace(/f+$/, '')}` };
}

/** Issuer of chips: RID and the digits that its card numbers begin with. */
export function chipIssuerName(rid: Uint8Array, digits: string): string {
  return `${toHex(rid)}:${digits}`;
}

/** Chip card: RID and issuer digits; with them the card certificate's serial number and the card number. */
export function chipName(rid: Uint8Array, digits: string, identity: CardIdentity): CredentialName {
  const issuer = chipIssuerName(rid, digits);
  return { issuer, credentialId: `${issuer}:${toHex(identity.serial)}:${identity.pan}` };
}

/** The two entries of a card: chip and ride code share their holder's state. None when it is unknown. */
export function cardListEntries(
  names: readonly CredentialName[],
  state: ListedState,
  entitlements: number,
): CardListEntry[] {
  if (state === 'unknown') return [];
  return names.map(({ issuer, credentialId }) => [issuer, credentialId, state, entitlements] as const);
}
