/** The trust document: anchors per family and region, issuer settings, revocations, status lists. */
import { type Static, type TObject, Type } from 'typebox';
import { FAMILIES } from '../families/table.ts';
import { coordinate, regionName } from './anchor-fields.ts';

export const ANCHORS_MAX = 4_096;
export const REVOCATIONS_MAX = 65_536;

const jwkNotes = {
  kid: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  use: Type.Optional(Type.Literal('sig')),
};

/** GM/T 0125.2. */
const Sm2ListKey = Type.Object(
  {
    kty: Type.Literal('EC'),
    crv: Type.Literal('SM2'),
    x: coordinate,
    y: coordinate,
    alg: Type.Optional(Type.Literal('SGD_SM3_SM2')),
    ...jwkNotes,
  },
  { additionalProperties: false },
);

/** A public key that one status list of tokens is signed with: ES256 (RFC 7518, 3.4) or EdDSA (RFC 8037). */
export const StatusListKey = Type.Union([
  Type.Object(
    {
      kty: Type.Literal('EC'),
      crv: Type.Literal('P-256'),
      x: coordinate,
      y: coordinate,
      alg: Type.Optional(Type.Literal('ES256')),
      ...jwkNotes,
    },
    { additionalProperties: false },
  ),
  Sm2ListKey,
  Type.Object(
    {
      kty: Type.Literal('OKP'),
      crv: Type.Literal('Ed25519'),
      x: coordinate,
      alg: Type.Optional(Type.Literal('EdDSA')),
      ...jwkNotes,
    },
    { additionalProperties: false },
  ),
]);

/** Where a status list of tokens (draft-ietf-oauth-status-list) is fetched, and whose word it is. */
export const StatusListSource = Type.Object(
  {
    region: regionName,
    /** As credentials refer to it, and as the list names itself. */
    uri: Type.String({ pattern: '^https?://[!-~]+$', maxLength: 512 }),
    /** Without one, whoever a status root of the same region vouches for (`x5c`) may sign it. */
    keyJwk: Type.Optional(StatusListKey),
    /**
     * While a city changes over: that of SM2 beside one of another kind. A gateway whose profile is `sm` asks for what it signed, with
     * `alg=SGD_SM3_SM2` as the query, and takes no other.
     */
    sm2KeyJwk: Type.Optional(Sm2ListKey),
  },
  { additionalProperties: false },
);

/** A CA that vouches for signers of status lists, of its region only. Apart from the anchors, which vouch for credentials. */
export const StatusRoot = Type.Object(
  { region: regionName, certificatePem: Type.String({ minLength: 1, maxLength: 16_384 }) },
  { additionalProperties: false },
);

/** On one of two curves: what is done with it follows from that. */
const statusJwk = <U extends string>(use: U) =>
  Type.Object(
    {
      kty: Type.Literal('EC'),
      crv: Type.Union([Type.Literal('P-256'), Type.Literal('SM2')]),
      x: coordinate,
      y: coordinate,
      use: Type.Optional(Type.Literal(use)),
    },
    { additionalProperties: false },
  );
const kid = Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' });

/**
 * A public key that the platform seals its answers with: ES256 (RFC 7518, 3.4) or SGD_SM3_SM2 (GM/T 0125.1). Never one that signs
 * anything else.
 */
export const StatusKey = Type.Object({ kid, keyJwk: statusJwk('sig') }, { additionalProperties: false });

/** A public key that questions for live status are encrypted to: ECDH-ES (RFC 7518, 4.6), or SM2 (GB/T 32918.4). */
export const StatusEncryptionKey = Type.Object(
  { kid, keyJwk: statusJwk('enc') },
  { additionalProperties: false },
);

/** Of every family, each kind of its anchors. */
export const ANCHOR_KINDS: readonly TObject[] = FAMILIES.flatMap(({ anchorSchemas }) => anchorSchemas);

export const TrustDocumentSchema = Type.Object(
  {
    /** Names this state of trust. Derived from the content where absent. */
    revision: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    anchors: Type.Array(Type.Union([...ANCHOR_KINDS]), { maxItems: ANCHORS_MAX }),
    revocations: Type.Optional(
      Type.Array(Type.Union(FAMILIES.flatMap(({ revocationSchemas }) => [...(revocationSchemas ?? [])])), {
        maxItems: REVOCATIONS_MAX,
      }),
    ),
    statusLists: Type.Optional(Type.Array(StatusListSource, { maxItems: 64 })),
    statusRoots: Type.Optional(Type.Array(StatusRoot, { maxItems: 16 })),
    /** Several, so that they can be changed: an answer is good under any of them. */
    statusKeys: Type.Optional(Type.Array(StatusKey, { maxItems: 8 })),
    /** The first of a curve is the one to encrypt to; the platform still opens what was encrypted to the others. */
    statusEncryptionKeys: Type.Optional(Type.Array(StatusEncryptionKey, { maxItems: 8 })),
  },
  { additionalProperties: false },
);

/** An anchor of any family. The fields of its kind were checked by the family's own schema. */
export interface TrustAnchor {
  readonly family: string;
  readonly [field: string]: unknown;
}

export type StatusListKey = Static<typeof StatusListKey>;
export type StatusListSource = Static<typeof StatusListSource>;
export type StatusRoot = Static<typeof StatusRoot>;
export type StatusKey = Static<typeof StatusKey>;
export type StatusEncryptionKey = Static<typeof StatusEncryptionKey>;

export interface TrustDocument {
  readonly revision?: string;
  readonly anchors: readonly TrustAnchor[];
  /** Issuers' certificates that are no longer good, as the family names them. */
  readonly revocations?: readonly TrustAnchor[];
  readonly statusLists?: readonly StatusListSource[];
  readonly statusRoots?: readonly StatusRoot[];
  readonly statusKeys?: readonly StatusKey[];
  readonly statusEncryptionKeys?: readonly StatusEncryptionKey[];
}
