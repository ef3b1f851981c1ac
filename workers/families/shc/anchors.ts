/** The anchors of SMART Health Cards as a trust document has them: an issuer and one of its keys. */
import { type Static, Type } from 'typebox';
import { P256_JWK } from '../../jose/jwk.ts';
import { regionName } from '../../trust/anchor-fields.ts';

export const FAMILY_NAME = 'shc';

/** Identifiers of one list of revocations. */
export const REVOKED_MAX = 65_536;

/** `rid`, or `rid.seconds`: of it only cards issued before then (SMART Health Cards, "Revocation"). */
export const REVOKED_PATTERN = '^[A-Za-z0-9_-]{1,24}(\\.[0-9]{1,12})?$';

/** What the issuer publishes at `/.well-known/crl/<kid>.json`. */
export const ShcRevocation = Type.Object(
  {
    kid: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
    method: Type.Literal('rid'),
    ctr: Type.Integer({ minimum: 0 }),
    rids: Type.Array(Type.String({ pattern: REVOKED_PATTERN }), { maxItems: REVOKED_MAX }),
  },
  { additionalProperties: false },
);

export const ShcAnchor = Type.Object(
  {
    family: Type.Literal(FAMILY_NAME),
    region: Type.Optional(regionName),
    /** `iss` of its cards: an HTTPS URL without a slash at the end. */
    issuer: Type.String({ pattern: '^https://[!-~]*[!-.0-~]$', maxLength: 512 }),
    jwk: P256_JWK,
    /** Cards that this key signed and the issuer took back. */
    revocation: Type.Optional(ShcRevocation),
  },
  { additionalProperties: false },
);

export type ShcRevocation = Static<typeof ShcRevocation>;
export interface ShcAnchor {
  readonly region?: string;
  readonly issuer: string;
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly revocation?: ShcRevocation;
}
