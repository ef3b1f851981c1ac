/** JT/T 1179 ride code: raw bytes of a QR symbol in byte mode. */
import { Type } from 'typebox';
import { asciiBytes } from '../../codecs/json-cursor.ts';
import type { ByteForm, Family } from '../family.ts';
import { TransitQrAnchor } from './anchors.ts';
import { packRideCode } from './direct.ts';
import { beginTransitProof } from './prove.ts';
import { anchorKeys, FAMILY_NAME, loadTransitTrust, type TransitTrust } from './trust.ts';

/** Above what the format allows, so that a code which is too large is judged and gets its own code. */
const PRESENTED_BYTES_MAX = 4096;

/** JT/T 1179 table 2: 332 bytes and a field of the issuer's own of at most 32; versions have the highest bit set. */
const CODE_BYTES_MIN = 332;
const CODE_BYTES_MAX = 364;
const VERSION_MIN = 0x80;

function looksLikeRideCode({ length, 0: version = 0 }: Uint8Array): boolean {
  return version >= VERSION_MIN && length >= CODE_BYTES_MIN && length <= CODE_BYTES_MAX;
}

/** In JSON the property says that it is hex; in MessagePack it is the code itself. */
function property(bytes: ByteForm): 'hex' | 'code' {
  return bytes.name === 'hex' ? 'hex' : 'code';
}

export const transitQr: Family<Uint8Array, TransitTrust> = {
  name: FAMILY_NAME,
  presentable: true,
  cardMode: 'electronic',
  bearer: true,
  claims: ['accountType', 'limitFen', 'platform', 'certificateSerial'],
  discloses: [],
  about: 'Ride code of JT/T 1179: the bytes of a QR symbol in byte mode.',
  example: { credential: { hex: '80014924010100000112031045001230000000' }, context: {} },
  anchorSchemas: [TransitQrAnchor],
  anchorKeys: (anchor) => anchorKeys(anchor as TransitQrAnchor),
  credentialSchema: (bytes) =>
    Type.Object({ [property(bytes)]: bytes.schema(PRESENTED_BYTES_MAX) }, { additionalProperties: false }),
  contextSchema: () => Type.Object({}, { additionalProperties: false }),
  read: (credential, _context, bytes) => bytes.read((credential as Record<string, unknown>)[property(bytes)]),
  fromScan: ({ bytes }) => (looksLikeRideCode(bytes) ? { code: bytes } : null),
  packDirectly: (cursor) => packRideCode(cursor, PRESENTED_BYTES_MAX),
  jsonNames: { text: null, renamed: { from: asciiBytes('hex'), to: asciiBytes('code') } },
  costKey: () => FAMILY_NAME,
  loadTrust: loadTransitTrust,
  begin: (input, trust, atMs, detail = true) => beginTransitProof(input, trust, atMs, detail),
};
