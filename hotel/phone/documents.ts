/** Documents that a desk may ask a phone for, and where each has what the gateway calls by one name. Data: a type more is a row. */
import type { PersonalClaim } from '../../config/personal-claims.ts';

/** Family of the gateway that proves it. */
export type PhoneFamily = 'mdoc' | 'sd-jwt';

type Elements = Readonly<Partial<Record<PersonalClaim, readonly [nameSpace: string, element: string]>>>;

const LICENCE = 'org.iso.18013.5.1';
const PHOTO_ID = 'org.iso.23220.1';
const EU_IDENTITY = 'eu.europa.ec.eudi.pid.1';

const sameElements = (nameSpace: string): Elements => ({
  family_name: [nameSpace, 'family_name'],
  given_name: [nameSpace, 'given_name'],
  birth_date: [nameSpace, 'birth_date'],
  sex: [nameSpace, 'sex'],
  document_number: [nameSpace, 'document_number'],
  nationality: [nameSpace, 'nationality'],
  portrait: [nameSpace, 'portrait'],
});

/** ISO/IEC 18013-5 clause 7.2.1, ISO/IEC TS 23220-4 Annex C, and the EU's rulebook of person identification data. */
const ELEMENTS: ReadonlyMap<string, Elements> = new Map([
  ['org.iso.18013.5.1.mDL', sameElements(LICENCE)],
  [
    'org.iso.23220.photoid.1',
    {
      ...sameElements(PHOTO_ID),
      family_name: [PHOTO_ID, 'family_name_unicode'],
      given_name: [PHOTO_ID, 'given_name_unicode'],
    },
  ],
  [
    'eu.europa.ec.eudi.pid.1',
    { ...sameElements(EU_IDENTITY), national_id: [EU_IDENTITY, 'personal_administrative_number'] },
  ],
]);

/** Elements of a type; one that nobody described has those of a licence in a name space called as the type. */
export function elementsOf(docType: string): Elements {
  return ELEMENTS.get(docType) ?? sameElements(docType);
}

/** Members of SD-JWT credentials: OpenID Connect Core clause 5.1, and the EU's rulebook. */
export const MEMBERS: Readonly<Partial<Record<PersonalClaim, string>>> = {
  full_name: 'name',
  family_name: 'family_name',
  given_name: 'given_name',
  birth_date: 'birthdate',
  sex: 'sex',
  document_number: 'document_number',
  nationality: 'nationalities',
  portrait: 'picture',
};
