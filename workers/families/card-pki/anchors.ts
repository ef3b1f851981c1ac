/** Anchors of certificates on cards, as a trust document has them. */
import { type Static, Type } from 'typebox';
import { hexUpTo, regionName } from '../../trust/anchor-fields.ts';

const INTERMEDIATES_MAX = 16;
const LISTS_MAX = 16;
const POLICIES_MAX = 16;

/** Whether it is the one text of its bytes is looked at when it is read: a stricter pattern takes long for a million characters. */
const BASE64 = '^[A-Za-z0-9+/]*={0,2}$';
const base64 = (bytes: number) => Type.String({ pattern: BASE64, maxLength: Math.ceil(bytes / 3) * 4 });
const identifier = Type.String({ pattern: '^[0-2](?:\\.(?:0|[1-9]\\d{0,9})){1,20}$', maxLength: 128 });

export const CardPkiAnchor = Type.Object(
  {
    family: Type.Literal('card-pki'),
    region: Type.Optional(regionName),
    /** The CA at the top, PEM. */
    certificatePem: Type.String({ maxLength: 24_576 }),
    /** What the card signs: `challenge`, the bytes of the challenge themselves. */
    message: Type.Literal('challenge'),
    /** Distinguishing ID of holders' SM2 signatures; default: `1234567812345678` in ASCII. */
    distinguishingIdHex: Type.Optional(hexUpTo(64)),
    /** CAs below it that cards need not show, DER. */
    intermediatesBase64: Type.Optional(Type.Array(base64(16_384), { maxItems: INTERMEDIATES_MAX })),
    /** Revocation lists of it and of CAs named above, DER. Certificates of an issuer with a list are held to it. */
    crlsBase64: Type.Optional(Type.Array(base64(1_048_576), { maxItems: LISTS_MAX })),
    /** A certificate has to be valid for one of these policies. */
    policies: Type.Optional(Type.Array(identifier, { minItems: 1, maxItems: POLICIES_MAX })),
    /** A purpose that a certificate's extended key usage has to name. */
    keyPurpose: Type.Optional(identifier),
  },
  { additionalProperties: false },
);

export type CardPkiAnchor = Static<typeof CardPkiAnchor>;
