/**
 * `card-pki`: the certificate that a card holds (the PKI application of third-generation social security cards, SM2; or P-256),
 * and its signature over a challenge.
 */
import type { Family } from '../family.ts';
import { CardPkiAnchor } from './anchors.ts';
import { type CardPkiInput, contextSchema, credentialSchema, readInput } from './input.ts';
import { beginCardPkiProof } from './prove.ts';
import { anchorKeys, type CardPkiTrust, FAMILY_NAME, loadTrust } from './trust.ts';

export const cardPki: Family<CardPkiInput, CardPkiTrust> = {
  name: FAMILY_NAME,
  presentable: true,
  cardMode: 'physical',
  claims: ['document_type', 'alg', 'expires', 'issuing_country', 'issuing_authority'],
  discloses: ['full_name', 'family_name', 'given_name', 'national_id'],
  about: 'X.509 certificate of a card, SM2 or P-256, and its signature over a challenge of the gateway.',
  example: {
    credential: {
      certificatesBase64: ['MIIBszCCAVqgAwIBAgIDWgQHMAoGCCqBHM9VAYN1'],
      signatureHex: '304502200f3a1c0b5e',
    },
    context: { challengeHex: '8d1f0c5b7a3e49c6a1b2c3d4e5f60718' },
  },
  anchorSchemas: [CardPkiAnchor],
  anchorKeys: (anchor) => anchorKeys(anchor as CardPkiAnchor),
  credentialSchema,
  contextSchema,
  read: readInput,
  challenge: 'required',
  challengeOf: ({ challenge }) => challenge,
  costKey: () => FAMILY_NAME,
  loadTrust,
  begin: (input, trust, atMs, detail = true, disclose = []) =>
    beginCardPkiProof(input, trust, atMs, detail, disclose),
};
