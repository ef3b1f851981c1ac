/** Mobile documents of ISO/IEC 18013-5: driving licences, person identification data, and documents of any other type. */
import type { Family } from '../family.ts';
import { FAMILY_NAME, MdocAnchor } from './anchors.ts';
import { challengeOf } from './challenge.ts';
import { MDOC_DISCLOSES } from './claims.ts';
import { contextSchema, credentialSchema, type MdocInput, readInput } from './input.ts';
import { beginMdocProof } from './prove.ts';
import { anchorKeys, loadTrust, type MdocTrust } from './trust.ts';

export const mdoc: Family<MdocInput, MdocTrust> = {
  name: FAMILY_NAME,
  presentable: true,
  cardMode: null,
  claims: ['document_type', 'issuing_country', 'issuing_authority', 'expires', 'age_over_*', 'documents'],
  discloses: MDOC_DISCLOSES,
  about: 'Mobile document of ISO/IEC 18013-5: a DeviceResponse, and what it was an answer to.',
  example: {
    credential: { base64: 'o2d2ZXJzaW9uYzEuMGlkb2N1bWVudHOAZnN0YXR1cwA=' },
    context: {
      handover: {
        type: 'openid4vp-1.0',
        clientId: 'x509_san_dns:example.com',
        nonce: 'exc7gBkxjx1rdc9udRrveKvSsJIq80avlXeLHhGwqtA',
        responseUri: 'https://example.com/response',
      },
    },
  },
  anchorSchemas: [MdocAnchor],
  anchorKeys: (anchor) => anchorKeys(anchor as MdocAnchor),
  credentialSchema,
  contextSchema,
  read: readInput,
  challenge: 'optional',
  challengeOf,
  // A MAC is told from a signature by the key that it needs.
  costKey: ({ readerKey }) => (readerKey === null ? FAMILY_NAME : `${FAMILY_NAME}/mac`),
  loadTrust,
  begin: (input, trust, atMs, _detail = true, disclose = []) => beginMdocProof(input, trust, atMs, disclose),
};
