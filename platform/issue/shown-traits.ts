/**
 * What the city documents that the platform signs may ask of each family: as the gateways' own table has it. The platform
 * shares no code with them; a test holds the two alike.
 */
import type { Families } from '../../config/families.ts';
import { PERSONAL_CLAIM_NAMES } from '../../config/personal-claims.ts';

const DOCUMENT = ['document_type', 'issuing_country', 'issuing_authority', 'expires'] as const;
const NAMES = ['full_name', 'family_name', 'given_name'] as const;

export const SHOWN_TRAITS: Families = new Map([
  [
    'transit-qr',
    {
      cardMode: 'electronic',
      claims: ['accountType', 'limitFen', 'platform', 'certificateSerial'],
      discloses: [],
    },
  ],
  [
    'chip-oda',
    {
      cardMode: 'physical',
      claims: ['alg', 'index', 'applicationCryptogramType'],
      discloses: ['full_name', 'national_id', 'document_number'],
    },
  ],
  ['card-pki', { cardMode: 'physical', claims: [...DOCUMENT, 'alg'], discloses: [...NAMES, 'national_id'] }],
  [
    'mdoc',
    {
      cardMode: null,
      claims: [...DOCUMENT, 'age_over_*', 'documents'],
      discloses: PERSONAL_CLAIM_NAMES.filter((name) => name !== 'full_name'),
    },
  ],
  ['sd-jwt', { cardMode: null, claims: [...DOCUMENT, 'age_over_*'], discloses: PERSONAL_CLAIM_NAMES }],
  [
    'shc',
    {
      cardMode: null,
      claims: ['document_type', 'health_card_types', 'issuing_authority', 'expires'],
      discloses: [...NAMES, 'birth_date', 'sex'],
    },
  ],
  ['hcert', { cardMode: null, claims: DOCUMENT, discloses: [...NAMES, 'birth_date', 'document_number'] }],
  ['token', { cardMode: 'electronic', claims: ['idType', 'group_*'], discloses: [] }],
]);
