/**
 * What credentials say of a person, under one name whatever the family calls it. All of these are personal: they leave a
 * proving thread only for a scene that asks for them by name, and are never kept.
 */
export const PERSONAL_CLAIMS = {
  full_name: 'as written, where the credential does not part it',
  family_name: 'as written',
  given_name: 'as written',
  birth_date: 'YYYY-MM-DD, or as much of it as is known',
  sex: 'male, female or other',
  document_number: 'of the document that is shown',
  national_id: 'the number of the person, where the document has one',
  nationality: 'as the document has it',
  portrait: 'JPEG or JPEG 2000, in base64',
  address: 'in one line',
  place_of_birth: 'as written',
} as const;

export type PersonalClaim = keyof typeof PERSONAL_CLAIMS;

export const PERSONAL_CLAIM_NAMES = Object.keys(PERSONAL_CLAIMS) as readonly PersonalClaim[];
