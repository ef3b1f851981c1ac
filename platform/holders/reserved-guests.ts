/**
 * What desks are given for times without the platform, of guests whose stay is booked: keyed hashes of what they are called, as
 * the named list `reserved-guests`, and their PINs as argon2id (docs/platform.md, Matches, PINs).
 */
import { createHash } from 'node:crypto';
import type { CredentialName } from '../cards/list.ts';
import { cardPerson } from '../cards/person.ts';
import type { City } from '../city.ts';
import { personDigests } from './matches.ts';
import type { HolderPins } from './pins.ts';

export const RESERVED_GUESTS = 'reserved-guests';
export const PINS_TARGET = 'lists/pins.json';
/** Issuer that the list's entries are under. */
export const MATCH_ISSUER = 'match';

type EntryKind = 'card' | 'name' | 'number';

/** An entry of the list. `digest`: empty for `card`. */
export function matchEntryId(
  kind: EntryKind,
  { issuer, credentialId }: CredentialName,
  digest: string,
): string {
  return createHash('sha256').update([kind, issuer, credentialId, digest].join('\0')).digest('hex');
}

/** Names on the list for one card: that the chip and the ride code are known, and what their holder is called. */
export function matchEntries(city: City, matchKey: Uint8Array, index: number): readonly CredentialName[] {
  const { names, documentNumber } = personDigests(matchKey, cardPerson(city.seed, index));
  const { chip, ride } = city.credentialNames(city.identity(index));
  return [chip, ride].flatMap((credential) =>
    [
      matchEntryId('card', credential, ''),
      ...names.map((name) => matchEntryId('name', credential, name)),
      matchEntryId('number', credential, documentNumber),
    ].map((credentialId) => ({ issuer: MATCH_ISSUER, credentialId })),
  );
}

/** The document with PINs. One that chose none is in it as null. */
export async function pinsDocument(
  city: City,
  pins: HolderPins,
  indexes: readonly number[],
  times: { readonly issuedAtMs: number; readonly staleUntilMs: number },
): Promise<Uint8Array> {
  const entries: [string, string | null][] = [];
  for (const index of indexes) {
    const hashed = await pins.hashOf(city, index);
    const { chip, ride } = city.credentialNames(city.identity(index));
    for (const credential of [chip, ride]) entries.push([pinEntryId(credential), hashed]);
  }
  const { issuedAtMs, staleUntilMs } = times;
  return Buffer.from(JSON.stringify({ v: 1, issuedAtMs, staleUntilMs, pins: entries }));
}

/** SHA-256, in hex. */
export function pinEntryId({ issuer, credentialId }: CredentialName): string {
  return createHash('sha256').update(['pin', issuer, credentialId].join('\0')).digest('hex');
}
