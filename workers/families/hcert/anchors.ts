/** The anchors of health certificates (HCERT) as a trust document has them: document signer certificates, each pinned itself. */
import { type Static, Type } from 'typebox';
import { regionName } from '../../trust/anchor-fields.ts';

export const FAMILY_NAME = 'hcert';

/** Base64 of a certificate; 16,384 bytes at most. */
const CERTIFICATE_CHARACTERS_MAX = 21_848;

export const HcertAnchor = Type.Object(
  {
    family: Type.Literal(FAMILY_NAME),
    region: Type.Optional(regionName),
    /** DER of the certificate, in base64 (RFC 4648, clause 4). */
    certificateBase64: Type.String({
      pattern: '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
      minLength: 4,
      maxLength: CERTIFICATE_CHARACTERS_MAX,
    }),
  },
  { additionalProperties: false },
);

export type HcertAnchor = Static<typeof HcertAnchor>;
