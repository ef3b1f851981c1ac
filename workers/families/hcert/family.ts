/** Health certificates in the European envelope (HCERT): EU Digital COVID Certificates and what states issue in the same form. */
import { Type } from 'typebox';
import type { Family } from '../family.ts';
import { textSchema } from '../text-form.ts';
import { FAMILY_NAME, HcertAnchor } from './anchors.ts';
import { PREFIX, TEXT_CHARACTERS_MAX } from './envelope.ts';
import { beginHealthCertificate } from './prove.ts';
import { type HcertTrust, hcertAnchorKeys, loadHcertTrust } from './trust.ts';

/** Above what is taken, so that a text which is too long is judged and gets its own code. */
const PRESENTED_BYTES_MAX = TEXT_CHARACTERS_MAX + 4_096;

export const hcert: Family<string, HcertTrust> = {
  name: FAMILY_NAME,
  presentable: true,
  cardMode: null,
  claims: ['document_type', 'issuing_country', 'issuing_authority', 'expires'],
  discloses: ['full_name', 'family_name', 'given_name', 'birth_date', 'document_number'],
  about:
    'Health certificate in the European envelope: the text of a QR code, signed by a document signer alone.',
  example: { credential: { text: 'HC1:6BFOXN%TS3DHCUO-4NW3U%:38$LP+F2YUW' }, context: {} },
  anchorSchemas: [HcertAnchor],
  anchorKeys: (anchor) => hcertAnchorKeys(anchor as HcertAnchor),
  credentialSchema: () =>
    Type.Object(
      { text: textSchema(PRESENTED_BYTES_MAX, '`HC1:` and Base45') },
      { additionalProperties: false },
    ),
  contextSchema: () => Type.Object({}, { additionalProperties: false }),
  read: (credential) => (credential as { readonly text: string }).text,
  fromScan: ({ text }) => (text?.startsWith(PREFIX) ? { text } : null),
  costKey: () => FAMILY_NAME,
  loadTrust: loadHcertTrust,
  begin: (text, trust, atMs, detail = true, disclose = []) =>
    beginHealthCertificate(text, trust, atMs, detail, disclose),
};
