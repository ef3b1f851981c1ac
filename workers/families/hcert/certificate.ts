/** What a health certificate says: claims of a CWT (RFC 8392), and the European certificate in them (schema 1.3). */
import type { Code } from '../../../config/codes.ts';
import type { CborProfile } from '../../codecs/cbor-profile.ts';
import { readCbor } from '../../codecs/cbor-reader.ts';
import { ARRAY, CborTape, cborKey, MAP } from '../../codecs/cbor-tape.ts';
import type { Kind } from './signer.ts';

export interface HealthCertificate {
  /** Country, or organisation, that issued it; empty where neither claim nor entry says. */
  readonly issuer: string;
  /** Seconds since 1970 UTC, inclusive. */
  readonly from_s: number;
  /** The last moment at which it is good: of HCERT `exp` is what it is expired after (volume 1, clause 3.3.4), not from. */
  readonly until_s: number;
  readonly kind: Kind;
  /** Unique certificate identifier. */
  readonly id: string;
  /** Country of the entry. */
  readonly country: string;
  /** Who issued the entry. */
  readonly authority: string;
  readonly person: Person;
}

/** As written; null where it does not say. */
export interface Person {
  readonly familyName: string | null;
  readonly givenName: string | null;
  /** As a machine-readable zone has it (ICAO Doc 9303). */
  readonly familyNameMrz: string | null;
  readonly givenNameMrz: string | null;
  /** YYYY-MM-DD, YYYY-MM, YYYY, or empty where it is not known. */
  readonly birthDate: string;
}

/** Floats and dates in tags are in codes of Hungary, Spain and Sweden. */
const CBOR: CborProfile = { longHeads: true, floats: true, dates: true, tags: new Set() };
const ISSUER = 1;
const EXPIRES = 4;
const NOT_BEFORE = 5;
const ISSUED = 6;
const HEALTH_CERTIFICATE = -260;
const EUROPEAN = 1;

const NAMES = cborKey('nam');
const BIRTH_DATE = cborKey('dob');
const VERSION = cborKey('ver');
const FAMILY_NAME = cborKey('fn');
const GIVEN_NAME = cborKey('gn');
const FAMILY_NAME_MRZ = cborKey('fnt');
const GIVEN_NAME_MRZ = cborKey('gnt');
const COUNTRY = cborKey('co');
const AUTHORITY = cborKey('is');
const IDENTIFIER = cborKey('ci');
const DISEASE = cborKey('tg');
const KINDS: readonly (readonly [Kind, Uint8Array])[] = [
  ['vaccination', cborKey('v')],
  ['test', cborKey('t')],
  ['recovery', cborKey('r')],
];

/** Schema 1.3: `(19|20)\d{2}(-\d{2}){0,2}` or nothing; some issuers write a time behind it. */
const BIRTH_DATE_FORM = /^((?:19|20)[0-9]{2}(?:-[0-9]{2}){0,2})?(?:T[0-9:.+Z-]{0,24})?$/;
const COUNTRY_FORM = /^[A-Z]{1,10}$/;
/** The schema says 80; it is not what a certificate is refused for. */
const TEXT_CHARACTERS_MAX = 256;
const SECONDS_MAX = 8.64e12;

const tape = new CborTape();

/** Of the payload that was signed. Never throws for any bytes. */
export function readHealthCertificate(payload: Uint8Array): HealthCertificate | Code {
  const fault = readCbor(tape, payload, CBOR);
  const read = fault ?? certificateOn(tape) ?? 'credential.malformed';
  tape.close();
  return read;
}

function certificateOn(claims: CborTape): HealthCertificate | null {
  const issuerAt = claims.valueAt(0, ISSUER);
  const issuer = issuerAt < 0 ? '' : textAt(claims, issuerAt);
  const until_s = secondsAt(claims, claims.valueAt(0, EXPIRES));
  const issued_s = secondsAt(claims, claims.valueAt(0, ISSUED));
  const notBeforeAt = claims.valueAt(0, NOT_BEFORE);
  const notBefore_s = notBeforeAt < 0 ? 0 : secondsAt(claims, notBeforeAt);
  const certificate = claims.valueAt(claims.valueAt(0, HEALTH_CERTIFICATE), EUROPEAN);
  if (issuer === null || until_s === null || issued_s === null || notBefore_s === null) return null;
  if (textAt(claims, claims.valueOf(certificate, VERSION)) === null) return null;
  const person = personIn(claims, certificate);
  const entry = onlyEntryOf(claims, certificate);
  if (person === null || entry === null) return null;
  const { kind, at } = entry;
  const id = textAt(claims, claims.valueOf(at, IDENTIFIER));
  const country = textAt(claims, claims.valueOf(at, COUNTRY));
  const authority = textAt(claims, claims.valueOf(at, AUTHORITY));
  const disease = textAt(claims, claims.valueOf(at, DISEASE));
  if (id === null || id === '' || country === null || authority === null || disease === null) return null;
  if (!COUNTRY_FORM.test(country)) return null;
  const from_s = Math.max(issued_s, notBefore_s);
  return { issuer: issuer || country, from_s, until_s, kind, id, country, authority, person };
}

/** A certificate is about one event: two would each need a key usage, and one could hide behind the other. */
function onlyEntryOf(
  claims: CborTape,
  certificate: number,
): { readonly kind: Kind; readonly at: number } | null {
  let only: { readonly kind: Kind; readonly at: number } | null = null;
  for (const [kind, key] of KINDS) {
    const list = claims.valueOf(certificate, key);
    // Some issuers write those that there are not as null or as nothing.
    if (list < 0 || claims.isNull(list) || (claims.is(list, ARRAY) && claims.sizes[list] === 0)) continue;
    if (only !== null || !claims.is(list, ARRAY) || claims.sizes[list] !== 1) return null;
    only = { kind, at: list + 1 };
  }
  return only !== null && claims.is(only.at, MAP) ? only : null;
}

function personIn(claims: CborTape, certificate: number): Person | null {
  const names = claims.valueOf(certificate, NAMES);
  const birthDate = textAt(claims, claims.valueOf(certificate, BIRTH_DATE));
  const date = birthDate === null ? null : BIRTH_DATE_FORM.exec(birthDate);
  if (!claims.is(names, MAP) || date === null) return null;
  const name = (key: Uint8Array) => textAt(claims, claims.valueOf(names, key)) || null;
  const person: Person = {
    familyName: name(FAMILY_NAME),
    givenName: name(GIVEN_NAME),
    familyNameMrz: name(FAMILY_NAME_MRZ),
    givenNameMrz: name(GIVEN_NAME_MRZ),
    birthDate: date[1] ?? '',
  };
  return (person.familyName ?? person.familyNameMrz ?? person.givenName ?? person.givenNameMrz)
    ? person
    : null;
}

/** Null where there is none, or it is too long. */
function textAt(claims: CborTape, at: number): string | null {
  const text = claims.text(at);
  return text !== null && text.length <= TEXT_CHARACTERS_MAX ? text : null;
}

function secondsAt(claims: CborTape, at: number): number | null {
  const seconds = claims.number(at);
  return seconds >= 0 && seconds <= SECONDS_MAX ? seconds : null;
}
