/** The anchors of ride codes as a trust document has them. */
import { type Static, Type } from 'typebox';
import { hexOf, regionName } from '../../trust/anchor-fields.ts';

export const TransitQrAnchor = Type.Object(
  {
    family: Type.Literal('transit-qr'),
    region: regionName,
    /** JT/T 1179 CA public-key record, 144 bytes. */
    caRecordHex: hexOf(144),
    /** Settings of single issuers. An issuer that is not named takes the interoperable profile only. */
    issuers: Type.Optional(
      Type.Array(
        Type.Object(
          {
            issuerId: hexOf(4),
            /** Accept version 0x81 with its own distinguishing IDs from this issuer. */
            localProfile81: Type.Optional(Type.Boolean()),
          },
          { additionalProperties: false },
        ),
        { maxItems: 4096 },
      ),
    ),
    /** When true, issuers that are not named above are refused. */
    onlyNamedIssuers: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

export type TransitQrAnchor = Static<typeof TransitQrAnchor>;
