/** `sd-jwt`: selective disclosure for JWTs (RFC 9901), verifiable credentials in that form (SD-JWT VC) above all. */
import { PERSONAL_CLAIM_NAMES } from '../../../config/personal-claims.ts';
import { challengeIn } from '../challenge-text.ts';
import type { Family } from '../family.ts';
import { CertificateAnchor, FAMILY_NAME, KeyAnchor } from './anchors.ts';
import { contextSchema, costKey, credentialSchema, readInput, type SdJwtInput } from './input.ts';
import { beginSdJwtProof } from './prove.ts';
import { anchorKeys, loadTrust, type SdJwtTrust } from './trust.ts';

/** How it begins: the issuer's JWT, and the tilde that ends it (RFC 9901, clause 4). */
const COMBINED = /^[\w-]+\.[\w-]+\.[\w-]+~/;

export const sdJwt: Family<SdJwtInput, SdJwtTrust> = {
  name: FAMILY_NAME,
  presentable: true,
  cardMode: null,
  claims: ['document_type', 'issuing_country', 'issuing_authority', 'expires', 'age_over_*'],
  discloses: PERSONAL_CLAIM_NAMES,
  about: 'SD-JWT and SD-JWT VC (RFC 9901): what a wallet discloses of it, with or without key binding.',
  example: {
    credential: { text: 'eyJhbGciOiJFUzI1NiJ9.eyJ2Y3QiOiJhIn0.c2lnbmF0dXJl~WyJzYWx0IiwibmFtZSIsMV0~' },
    context: {},
  },
  anchorSchemas: [KeyAnchor, CertificateAnchor],
  anchorKeys,
  credentialSchema,
  contextSchema,
  read: readInput,
  fromScan: ({ text }) => (text !== null && COMBINED.test(text) ? { text } : null),
  challenge: 'optional',
  challengeOf: ({ nonce }) => challengeIn(nonce),
  costKey,
  loadTrust,
  begin: (input, trust, atMs, detail = true, disclose = []) =>
    beginSdJwtProof(input, trust, atMs, detail, disclose),
};
