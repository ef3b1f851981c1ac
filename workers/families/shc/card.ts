/** What a SMART Health Card says: the claims of its JWS, and of its FHIR bundle who it is about. */
import type { Code } from '../../../config/codes.ts';
import { inflateWhole } from '../../codecs/inflate.ts';
import { isJsonObject, readCredentialJson } from '../../jose/compact-jws.ts';

export interface HealthCard {
  readonly issuer: string;
  /** Seconds since 1970 UTC, with a fraction. */
  readonly notBefore_s: number;
  /** Null where the issuer sets no end. */
  readonly expires_s: number | null;
  readonly revocationId: string | null;
  /** Words of the vocabulary, such as `immunization`, in the order of the card. */
  readonly types: readonly string[];
  readonly patient: Patient;
}

/** As written; null where the bundle does not say. */
export interface Patient {
  readonly familyName: string | null;
  readonly givenName: string | null;
  readonly birthDate: string | null;
  readonly sex: 'male' | 'female' | 'other' | null;
}

/**
 * The largest published example, a diagnostic report of 2,380 bytes, inflates to 30,178. A stranger's are read before their
 * signature is verified: what is in one QR code buys no more than its size is worth.
 */
const INFLATED_BYTES_MAX = 32_768;
const INFLATION_MAX = 16;
const PAYLOAD_LIMITS = { depth: 24, entries: 512 } as const;
const HEALTH_CARD = 'https://smarthealth.cards#health-card';
const VOCABULARY = /^https:\/\/smarthealth\.cards#([a-z0-9-]{1,32})$/;
const TYPES_MAX = 16;
const REVOCATION_ID = /^[A-Za-z0-9_-]{1,24}$/;
const DATE = /^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$/;
/** Seconds of a moment that has a date (ECMA-262, clause 21.4.1.1). */
const SECONDS_MAX = 8.64e12;
const NAME_CHARACTERS_MAX = 256;

/** Of a payload that is DEFLATE (RFC 1951) of JSON. Never throws for any bytes. */
export function readHealthCard(payload: Uint8Array): HealthCard | Code {
  const bytesMax = Math.min(INFLATED_BYTES_MAX, payload.length * INFLATION_MAX);
  const inflated = inflateWhole(payload, 'raw', bytesMax);
  if (typeof inflated === 'string') return inflated;
  const json = readCredentialJson(inflated, PAYLOAD_LIMITS);
  if (!json.ok) return json.code;
  return cardOf(json.value) ?? 'credential.malformed';
}

function cardOf(claims: unknown): HealthCard | null {
  if (!isJsonObject(claims)) return null;
  const { iss, nbf, exp, vc } = claims;
  if (typeof iss !== 'string' || !isMoment(nbf) || !(exp === undefined || isMoment(exp))) return null;
  if (!isJsonObject(vc)) return null;
  const { type, rid, credentialSubject } = vc;
  if (!Array.isArray(type) || type.length > TYPES_MAX || !type.includes(HEALTH_CARD)) return null;
  if (rid !== undefined && !(typeof rid === 'string' && REVOCATION_ID.test(rid))) return null;
  if (!isJsonObject(credentialSubject) || typeof credentialSubject['fhirVersion'] !== 'string') return null;
  const entries = entriesOf(credentialSubject['fhirBundle']);
  if (entries === null) return null;
  return {
    issuer: iss,
    notBefore_s: nbf,
    expires_s: exp ?? null,
    revocationId: rid ?? null,
    types: wordsOf(type),
    patient: patientIn(entries),
  };
}

function isMoment(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= SECONDS_MAX;
}

/** Entries of a bundle (FHIR R4), one at least. */
function entriesOf(bundle: unknown): readonly unknown[] | null {
  if (!isJsonObject(bundle) || bundle['resourceType'] !== 'Bundle') return null;
  const { entry } = bundle;
  return Array.isArray(entry) && entry.length > 0 ? entry : null;
}

/** Other URIs may say anything, so they are left out. */
function wordsOf(types: readonly unknown[]): readonly string[] {
  return types.flatMap((type) =>
    typeof type === 'string' && type !== HEALTH_CARD ? (VOCABULARY.exec(type)?.[1] ?? []) : [],
  );
}

const NOBODY: Patient = { familyName: null, givenName: null, birthDate: null, sex: null };

function patientIn(entries: readonly unknown[]): Patient {
  for (const entry of entries) {
    const resource = isJsonObject(entry) ? entry['resource'] : undefined;
    if (isJsonObject(resource) && resource['resourceType'] === 'Patient') return patientOf(resource);
  }
  return NOBODY;
}

function patientOf({ name, birthDate, gender }: Readonly<Record<string, unknown>>): Patient {
  const first: unknown = Array.isArray(name) ? name[0] : undefined;
  const { family, given } = isJsonObject(first) ? first : {};
  const givenNames = Array.isArray(given) ? given.filter((each) => typeof each === 'string') : [];
  return {
    familyName: nameOf(family),
    givenName: nameOf(givenNames.join(' ')),
    birthDate: typeof birthDate === 'string' && DATE.test(birthDate) ? birthDate : null,
    sex: gender === 'male' || gender === 'female' || gender === 'other' ? gender : null,
  };
}

function nameOf(value: unknown): string | null {
  if (typeof value !== 'string' || value === '') return null;
  return value.length <= NAME_CHARACTERS_MAX ? value : value.slice(0, NAME_CHARACTERS_MAX);
}
