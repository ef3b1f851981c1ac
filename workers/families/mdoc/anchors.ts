/** The anchors of mobile documents as a trust document has them. */
import { type Static, Type } from 'typebox';
import { regionName } from '../../trust/anchor-fields.ts';

export const FAMILY_NAME = 'mdoc';

export const MdocAnchor = Type.Object(
  {
    family: Type.Literal(FAMILY_NAME),
    region: Type.Optional(regionName),
    /** Of an issuing authority (IACA, ISO/IEC 18013-5 Annex B.1.2), or of a document signer where that is pinned. */
    certificatePem: Type.String({ minLength: 1, maxLength: 16_384 }),
    /** The certificate signs documents itself, and no other signer is trusted by it. */
    pinned: Type.Optional(Type.Literal('document-signer')),
    /** What the issuer is called in facts and lists; default: country and organisation, or name, of the certificate's subject. */
    issuer: Type.Optional(Type.String({ pattern: '^[!-~](?:[ -~]*[!-~])?$', maxLength: 64 })),
    /** Types of document that its signers may issue; default: any. */
    docTypes: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { minItems: 1, maxItems: 64 }),
    ),
    /** Another extended key usage that its document signers may have, dotted; that of ISO/IEC 18013-5 always may be. */
    extKeyUsage: Type.Optional(Type.String({ pattern: '^[0-2](?:\\.[0-9]{1,10}){1,20}$' })),
  },
  { additionalProperties: false },
);

export type MdocAnchor = Static<typeof MdocAnchor>;
