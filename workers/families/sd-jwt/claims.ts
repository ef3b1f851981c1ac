/** What an SD-JWT says of its holder, under the names that all families share. */

import type { PersonalClaim } from '../../../config/personal-claims.ts';
import { type DisclosedClaims, type PersonalText, type PublicClaims, personalText } from '../../claims.ts';
import { isObject, type JsonObject } from './json-part.ts';

/** Longer texts are no public claim: no issuer's name, country or type of document is. */
const PUBLIC_CHARACTERS_MAX = 256;
/** Ages that one credential may speak of; the rest is left out. */
const AGES_MAX = 32;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const YEARS = /^\d{1,3}$/;
const AGE_OVER = /^age_over_(\d{1,3})$/;
/** `picture` (OpenID Connect Core, clause 5.1) as a PID has it. */
const DATA_URL = /^data:image\/[a-z0-9+.-]{1,16};base64,/;

/** `claims`: the issuer's payload with what was disclosed. `expiresMs`: of the credential; null: it sets no end. */
export function publicClaims(claims: JsonObject, expiresMs: number | null): PublicClaims {
  const said: Record<string, string | number | boolean> = { document_type: typeOf(claims) };
  const country = publicText(claims['issuing_country']);
  if (country !== null) said['issuing_country'] = country;
  const authority = publicText(claims['issuing_authority']);
  if (authority !== null) said['issuing_authority'] = authority;
  addAges(said, claims);
  const expires = dateOf(claims['date_of_expiry']) ?? dateOf(claims['expiry_date']);
  if (expires !== null) said['expires'] = expires;
  else if (expiresMs !== null) said['expires'] = new Date(expiresMs).toISOString().slice(0, 10);
  return said;
}

/** Both forms of the PID: one member each, or one object of all. */
function addAges(said: Record<string, string | number | boolean>, claims: JsonObject): void {
  let left = AGES_MAX;
  const add = (name: string, isOver: unknown) => {
    if (typeof isOver !== 'boolean' || left === 0) return;
    said[name] = isOver;
    left -= 1;
  };
  const ages = claims['age_equal_or_over'];
  if (isObject(ages)) for (const years in ages) if (YEARS.test(years)) add(`age_over_${years}`, ages[years]);
  for (const name in claims) {
    // By its first letters before the expression: most names are others.
    if (name.startsWith('age_over_') && AGE_OVER.test(name)) add(name, claims[name]);
  }
}

function typeOf({ vct }: JsonObject): string {
  return publicText(vct) ?? 'sd-jwt';
}

function publicText(value: unknown): string | null {
  return typeof value === 'string' && value.length > 0 && value.length <= PUBLIC_CHARACTERS_MAX
    ? value
    : null;
}

/** Of the personal claims that were asked for, those that are disclosed; undefined where none is. */
export function disclosedClaims(claims: JsonObject, asked: readonly string[]): DisclosedClaims | undefined {
  let said: Record<string, PersonalText> | undefined;
  for (const name of asked) {
    const read = Object.hasOwn(READERS, name) ? READERS[name as PersonalClaim] : undefined;
    const value = read?.(claims) ?? null;
    if (value === null) continue;
    said ??= {};
    said[name] = personalText(value);
  }
  return said;
}

/** Names of OpenID Connect Core clause 5.1, OpenID for Identity Assurance, and the PID rulebook. */
const READERS: Readonly<Record<PersonalClaim, (claims: JsonObject) => string | null>> = {
  full_name: ({ name }) => text(name),
  family_name: (claims) => text(claims['family_name']),
  given_name: (claims) => text(claims['given_name']),
  birth_date: (claims) => dateOf(claims['birthdate']) ?? dateOf(claims['birth_date']),
  sex: ({ sex, gender }) => sexOf(sex) ?? sexOf(gender),
  document_number: (claims) => text(claims['document_number']),
  national_id: (claims) => text(claims['personal_administrative_number']) ?? text(claims['national_id']),
  nationality: ({ nationalities, nationality }) => listed(nationalities) ?? listed(nationality),
  portrait: ({ picture, portrait }) => portraitOf(picture) ?? portraitOf(portrait),
  address: ({ address }) => inOneLine(address, ADDRESS_PARTS),
  place_of_birth: (claims) => inOneLine(claims['place_of_birth'], PLACE_PARTS),
};

const ADDRESS_PARTS = ['street_address', 'locality', 'region', 'postal_code', 'country'] as const;
const PLACE_PARTS = ['locality', 'region', 'country'] as const;

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function dateOf(value: unknown): string | null {
  return typeof value === 'string' && DATE.test(value) ? value : null;
}

/** Several nationalities are one text. */
function listed(value: unknown): string | null {
  if (!Array.isArray(value)) return text(value);
  const texts = value.filter((each): each is string => text(each) !== null);
  return texts.length === 0 ? null : texts.join(', ');
}

/** ISO/IEC 5218 in numbers, OpenID Connect in words. */
function sexOf(value: unknown): string | null {
  if (value === 1 || value === 'male') return 'male';
  if (value === 2 || value === 'female') return 'female';
  // 0 is "not known", and no answer.
  const isOther = (typeof value === 'number' && value !== 0) || (typeof value === 'string' && value !== '');
  return isOther ? 'other' : null;
}

function portraitOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const head = DATA_URL.exec(value);
  return head === null ? null : value.slice(head[0].length);
}

function inOneLine(value: unknown, parts: readonly string[]): string | null {
  if (!isObject(value)) return text(value);
  const formatted = text(value['formatted']);
  if (formatted !== null) return formatted.replace(/\s*[\r\n]+\s*/g, ', ');
  const given = parts.map((part) => text(value[part])).filter((each) => each !== null);
  return given.length === 0 ? null : given.join(', ');
}
