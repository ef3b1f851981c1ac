/** SMART Health Cards (HL7 FHIR implementation guide 1.4): the text of a QR code, a compact JWS in digits. */
import { Type } from 'typebox';
import type { Family } from '../family.ts';
import { textSchema } from '../text-form.ts';
import { FAMILY_NAME, ShcAnchor } from './anchors.ts';
import { PREFIX, QR_CHARACTERS_MAX, TEXT_CHARACTERS_MAX } from './numeric.ts';
import { beginHealthCard } from './prove.ts';
import { loadShcTrust, type ShcTrust, shcAnchorKeys } from './trust.ts';

/** Above what is taken, so that a text which is too long is judged and gets its own code. */
const PRESENTED_BYTES_MAX = TEXT_CHARACTERS_MAX + 4_096;

export const shc: Family<string, ShcTrust> = {
  name: FAMILY_NAME,
  presentable: true,
  cardMode: null,
  claims: ['document_type', 'health_card_types', 'issuing_authority', 'expires'],
  discloses: ['full_name', 'family_name', 'given_name', 'birth_date', 'sex'],
  about: 'SMART Health Card: the text of a numeric QR code, signed by its issuer alone.',
  example: {
    credential: { text: 'shc:/5676290952432060346029243740446031222959532654603460292540772804' },
    context: {},
  },
  anchorSchemas: [ShcAnchor],
  anchorKeys: (anchor) => shcAnchorKeys(anchor as ShcAnchor),
  credentialSchema: () =>
    Type.Object(
      { text: textSchema(PRESENTED_BYTES_MAX, '`shc:/` and digits') },
      { additionalProperties: false },
    ),
  contextSchema: () => Type.Object({}, { additionalProperties: false }),
  read: (credential) => (credential as { readonly text: string }).text,
  fromScan: ({ text }) => (text?.startsWith(PREFIX) ? { text } : null),
  costKey: (text) => (text.length > QR_CHARACTERS_MAX ? `${FAMILY_NAME}/long` : FAMILY_NAME),
  loadTrust: loadShcTrust,
  begin: (text, trust, atMs, detail = true, disclose = []) =>
    beginHealthCard(text, trust, atMs, detail, disclose),
};
