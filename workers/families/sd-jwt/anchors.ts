/** The anchors of SD-JWT credentials as a trust document has them. */
import { type Static, Type } from 'typebox';
import { regionName } from '../../trust/anchor-fields.ts';

export const FAMILY_NAME = 'sd-jwt';

/** `typ` of an SD-JWT VC (draft-ietf-oauth-sd-jwt-vc, clause 3.2.1). */
export const CREDENTIAL_TYPE = 'dc+sd-jwt';

const base64urlText = Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength: 128 });

/** A public key. Members that are not named here are refused, `d` of a private key among them. */
const IssuerJwk = Type.Object(
  {
    kty: Type.Union([Type.Literal('EC'), Type.Literal('OKP')]),
    crv: Type.Union([
      Type.Literal('P-256'),
      Type.Literal('P-384'),
      Type.Literal('P-521'),
      Type.Literal('Ed25519'),
    ]),
    x: base64urlText,
    y: Type.Optional(base64urlText),
    alg: Type.Optional(Type.String({ maxLength: 16 })),
    kid: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    use: Type.Optional(Type.Literal('sig')),
    /** As Web Cryptography writes it. */
    ext: Type.Optional(Type.Boolean()),
    key_ops: Type.Optional(Type.Array(Type.Literal('verify'), { minItems: 1, maxItems: 1 })),
  },
  { additionalProperties: false },
);

const common = {
  family: Type.Literal(FAMILY_NAME),
  region: Type.Optional(regionName),
  /**
   * Values of `typ` to take in place of `dc+sd-jwt` alone; '' stands for a credential without one. For plain SD-JWTs that are
   * no verifiable credentials, such as the examples of RFC 9901; a gate has no use for it.
   */
  types: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 8 })),
};

/** An issuer, and one key of it. Each further key is an anchor of its own, told apart by `kid`. */
export const KeyAnchor = Type.Object(
  {
    ...common,
    /** As `iss` has it. */
    issuer: Type.String({ minLength: 1, maxLength: 512 }),
    jwk: IssuerJwk,
  },
  { additionalProperties: false },
);

/** The CA that the certificates in `x5c` lead to. */
export const CertificateAnchor = Type.Object(
  { ...common, certificatePem: Type.String({ minLength: 1, maxLength: 16_384 }) },
  { additionalProperties: false },
);

export type KeyAnchor = Static<typeof KeyAnchor>;
export type CertificateAnchor = Static<typeof CertificateAnchor>;
