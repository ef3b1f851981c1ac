/**
 * What desks are given for times without the platform, of guests whose stay is booked: keyed hashes of what they are called, as
 * the named list `reserved-guests`, and their PINs as argon2id (docs/platform.md, Matches, PINs).
 */
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { CredentialName } from '../cards/list.ts';
import { cardPerson } from '../cards/person.ts';
import type { City } from '../city.ts';
import { entryDigest, named } from './holder-digests.ts';
import { personDigests } from './matches.ts';
import type { HolderPins } from './pins.ts';

export const RESERVED_GUESTS = 'reserved-guests';
export const PINS_TARGET = 'lists/pins.json';
/** Issuers that the list's entries are under, by the kind of their digests. */
export const MATCH_ISSUER = { international: 'match', sm: 'match-sm3' } as const satisfies Record<
  CryptoProfile,
  string
>;

type EntryKind = 'card' | 'name' | 'number';

/** An entry of the list. `digest`: empty for `card`. */
export function matchEntryId(
  kind: EntryKind,
  { issuer, credentialId }: CredentialName,
  digest: string,
  profile: CryptoProfile,
): string {
  return entryDigest([kind, issuer, credentialId, digest], profile);
}

/** Names on the list for one card: that the chip and the ride code are known, and what their holder is called. */
export function matchEntries(
  city: City,
  matchKey: Uint8Array,
  index: number,
  profile: CryptoProfile,
): readonly CredentialName[] {
  const { names, documentNumber } = personDigests(matchKey, cardPerson(city.seed, index), profile);
  const { chip, ride } = city.credentialNames(city.identity(index));
  return [chip, ride].flatMap((credential) =>
    [
      matchEntryId('card', credential, '', profile),
      ...names.map((name) => matchEntryId('name', credential, name, profile)),
      matchEntryId('number', credential, documentNumber, profile),
    ].map((credentialId) => ({ issuer: MATCH_ISSUER[profile], credentialId })),
  );
}

/** The document with PINs. One that chose none is in it as null. */
export async function pinsDocument(
  city: City,
  pins: HolderPins,
  profiles: readonly CryptoProfile[],
  indexes: readonly number[],
  times: { readonly issuedAtMs: number; readonly staleUntilMs: number },
): Promise<Uint8Array> {
  const entries: [string, string | null][] = [];
  for (const index of indexes) {
    const { chip, ride } = city.credentialNames(city.identity(index));
    for (const profile of profiles) {
      const hashed = await pins.hashOf(city, index, profile);
      for (const credential of [chip, ride]) entries.push([pinEntryId(credential, profile), hashed]);
    }
  }
  const { issuedAtMs, staleUntilMs } = times;
  return Buffer.from(JSON.stringify({ v: 1, issuedAtMs, staleUntilMs, pins: entries }));
}

function pinEntryId({ issuer, credentialId }: CredentialName, profile: CryptoProfile): string {
  return named(profile, entryDigest(['pin', issuer, credentialId], profile));
}
