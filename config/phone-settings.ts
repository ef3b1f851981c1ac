/** Settings of phone documents at the hotel desk (OpenID4VP 1.0). */
import { type Static, Type } from 'typebox';
import { closed } from './setting-kinds.ts';

const file = (description: string) => Type.String({ minLength: 1, description });
const types = (values: readonly string[], description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
    maxItems: 16,
    uniqueItems: true,
    default: [...values],
    description,
  });

export const PhoneSchema = closed({
  cert_file: Type.Optional(
    file(
      'Certificate that requests to wallets are signed under, and those between it and the root (PEM, P-256). Wallets that ' +
        'know lists of verifiers want one of theirs; default: one that the desk makes itself.',
    ),
  ),
  key_file: Type.Optional(file('Its private key (PEM).')),
  scheme: Type.String({
    pattern: '^[a-z][a-z0-9+.-]{0,31}$',
    default: 'openid4vp',
    description: 'Scheme of the address in the QR code; haip-vp for wallets of the HAIP profile alone.',
  }),
  doc_types: types(
    ['org.iso.18013.5.1.mDL', 'org.iso.23220.photoid.1', 'eu.europa.ec.eudi.pid.1'],
    'Types of mobile documents (mdoc) that guests are asked for.',
  ),
  credential_types: types(
    ['urn:city:person:1', 'urn:eudi:pid:1'],
    'Types (vct) of SD-JWT credentials that guests are asked for.',
  ),
});
export type PhoneSettings = Static<typeof PhoneSchema>;

/** Rules, each with whether it holds. */
export function phoneRelations({ cert_file, key_file }: PhoneSettings): [boolean, string][] {
  return [
    [
      (cert_file === undefined) === (key_file === undefined),
      'hotel.phone.cert_file and hotel.phone.key_file are set both, or none',
    ],
  ];
}
