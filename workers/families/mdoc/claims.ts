/** What the elements of a document say, under names that are the same in every family. */

import type { PersonalClaim } from '../../../config/personal-claims.ts';
import { type DisclosedClaims, type PersonalText, personalText } from '../../claims.ts';
import { ARRAY, type CborTape, cborKey } from '../../codecs/cbor-tape.ts';
import type { ElementReader } from './elements.ts';

/**
 * Elements of ISO/IEC 18013-5 clause 7.2.1, ISO/IEC TS 23220-2 and the EU's rulebook of person identification data; types of
 * documents that others define use the same names.
 */
const PERSONAL_ELEMENTS: ReadonlyMap<string, PersonalClaim> = new Map<string, PersonalClaim>([
  ['family_name', 'family_name'],
  ['family_name_unicode', 'family_name'],
  ['given_name', 'given_name'],
  ['given_name_unicode', 'given_name'],
  ['birth_date', 'birth_date'],
  ['sex', 'sex'],
  ['document_number', 'document_number'],
  ['personal_administrative_number', 'national_id'],
  ['nationality', 'nationality'],
  ['portrait', 'portrait'],
  ['resident_address', 'address'],
  ['resident_address_unicode', 'address'],
  ['birth_place', 'place_of_birth'],
  ['birthplace', 'place_of_birth'],
  ['place_of_birth', 'place_of_birth'],
]);

/** Personal claims that a document can disclose. */
export const MDOC_DISCLOSES: readonly PersonalClaim[] = [...new Set(PERSONAL_ELEMENTS.values())];

const AGE_OVER = /^age_over_[0-9]{2}$/;
const PUBLIC_CHARACTERS_MAX = 128;
const PERSONAL_CHARACTERS_MAX = 1_024;
const NESTED_DATE = cborKey('birth_date');
const PLACE_PARTS = ['locality', 'region', 'country'].map(cborKey);

export class ElementClaims implements ElementReader {
  readonly #disclose: ReadonlySet<string>;
  readonly public: Record<string, string | number | boolean> = {};
  readonly #disclosed: Record<string, PersonalText> = {};
  /** As disclosed; names the holder. */
  documentNumber: string | null = null;
  issuingCountry: string | null = null;
  issuingJurisdiction: string | null = null;

  constructor(disclose: readonly string[]) {
    this.#disclose = new Set(disclose);
  }

  /** Undefined where nothing was asked for that is disclosed. */
  get disclosed(): DisclosedClaims | undefined {
    return Object.keys(this.#disclosed).length === 0 ? undefined : this.#disclosed;
  }

  take(name: string, tape: CborTape, value: number): void {
    const personal = PERSONAL_ELEMENTS.get(name);
    if (personal !== undefined) {
      if (personal === 'document_number') this.documentNumber = textAt(tape, value, PERSONAL_CHARACTERS_MAX);
      if (this.#disclose.has(personal) && !(personal in this.#disclosed)) {
        const text = personalValue(tape, value, personal);
        if (text !== null) this.#disclosed[personal] = personalText(text);
      }
      return;
    }
    this.#takePublic(tape, name, value);
  }

  #takePublic(tape: CborTape, name: string, value: number): void {
    switch (name) {
      case 'issuing_country':
        this.issuingCountry ??= textAt(tape, value, PUBLIC_CHARACTERS_MAX);
        this.#say('issuing_country', this.issuingCountry);
        break;
      case 'issuing_jurisdiction':
        this.issuingJurisdiction ??= textAt(tape, value, PUBLIC_CHARACTERS_MAX);
        break;
      case 'issuing_authority':
      case 'issuing_authority_unicode':
        this.#say('issuing_authority', textAt(tape, value, PUBLIC_CHARACTERS_MAX));
        break;
      case 'expiry_date':
        this.#say('expires', dateAt(tape, value));
        break;
      default:
        if (AGE_OVER.test(name)) this.#say(name, tape.boolean(value));
    }
  }

  /** The first that says it counts. */
  #say(claim: string, said: string | boolean | null): void {
    if (said !== null && !(claim in this.public)) this.public[claim] = said;
  }
}

function personalValue(tape: CborTape, at: number, claim: PersonalClaim): string | null {
  switch (claim) {
    case 'birth_date': {
      const nested = tape.valueOf(at, NESTED_DATE);
      return dateAt(tape, nested < 0 ? at : nested);
    }
    case 'sex':
      return sexOf(tape.integer(at));
    case 'portrait': {
      const bytes = tape.byteString(at);
      return bytes === null ? null : Buffer.from(bytes).toString('base64');
    }
    case 'nationality':
      return tape.is(at, ARRAY) ? joinedTexts(tape, at) : textAt(tape, at, PERSONAL_CHARACTERS_MAX);
    case 'place_of_birth':
      return textAt(tape, at, PERSONAL_CHARACTERS_MAX) ?? placeAt(tape, at);
    default:
      return textAt(tape, at, PERSONAL_CHARACTERS_MAX);
  }
}

/** ISO/IEC 5218, and the further values of the EU's rulebook. 0: not known. */
function sexOf(value: number): string | null {
  if (!(value > 0)) return null;
  return value === 1 ? 'male' : value === 2 ? 'female' : 'other';
}

function textAt(tape: CborTape, at: number, charactersMax: number): string | null {
  const text = tape.text(at);
  return text === null || text.length === 0 || text.length > charactersMax ? null : text;
}

/** full-date (RFC 8943, tag 1004), tdate (tag 0), or such a text without its tag: the day. */
function dateAt(tape: CborTape, at: number): string | null {
  const tagged = Math.max(tape.tagged(at, 1004), tape.tagged(at, 0));
  const text = tape.text(tagged < 0 ? at : tagged);
  return text !== null && /^\d{4}-\d{2}-\d{2}(?:T[0-9:.Z+-]*)?$/.test(text) ? text.slice(0, 10) : null;
}

function joinedTexts(tape: CborTape, array: number): string | null {
  const texts: string[] = [];
  const end = tape.nexts[array] as number;
  for (let at = array + 1; at < end; at = tape.nexts[at] as number) {
    const text = textAt(tape, at, PUBLIC_CHARACTERS_MAX);
    if (text === null || texts.length === 8) return null;
    texts.push(text);
  }
  return texts.length === 0 ? null : texts.join(', ');
}

function placeAt(tape: CborTape, map: number): string | null {
  const parts = PLACE_PARTS.map((key) => textAt(tape, tape.valueOf(map, key), PUBLIC_CHARACTERS_MAX));
  const said = parts.filter((part) => part !== null);
  return said.length === 0 ? null : said.join(', ');
}
