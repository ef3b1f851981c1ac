/** The trust document: anchors per family and region, issuer settings, revocations, status lists. */
import { type Static, Type } from 'typebox';

export const ANCHORS_MAX = 4_096;
export const REVOCATIONS_MAX = 65_536;

const hex = (bytes: number) => Type.String({ pattern: `^[0-9A-Fa-f]{${bytes * 2}}$` });
const hexUpTo = (bytes: number) => Type.String({ pattern: '^([0-9A-Fa-f]{2})+$', maxLength: bytes * 2 });
const region = Type.String({ pattern: '^[a-z0-9-]{1,16}$' });
const isoDate = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });

export const TransitQrAnchor = Type.Object(
  {
    family: Type.Literal('transit-qr'),
    region,
    /** JT/T 1179 CA public-key record, 144 bytes. */
    caRecordHex: hex(144),
    /** Settings of single issuers. An issuer that is not named takes the interoperable profile only. */
    issuers: Type.Optional(
      Type.Array(
        Type.Object(
          {
            issuerId: hex(4),
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

const chipAnchorBase = {
  family: Type.Literal('chip-oda'),
  region,
  /** Registered application provider identifier, 5 bytes. */
  rid: hex(5),
  /** CA public key index, 1 byte. */
  index: hex(1),
  /** Last day on which the key is good, UTC. */
  expires: isoDate,
};

export const ChipSm2Anchor = Type.Object(
  {
    ...chipAnchorBase,
    alg: Type.Literal('sm2'),
    /** X and Y, 64 bytes. */
    publicKeyHex: hex(64),
    /** SM2 fDDA is inferred from the RSA case in public sources, so it is off unless enabled here. */
    sm2Fdda: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

export const ChipRsaAnchor = Type.Object(
  {
    ...chipAnchorBase,
    alg: Type.Literal('rsa'),
    modulusHex: hexUpTo(256),
    exponentHex: hexUpTo(3),
  },
  { additionalProperties: false },
);

export const Revocation = Type.Object(
  {
    family: Type.Literal('chip-oda'),
    rid: hex(5),
    index: hex(1),
    /** Issuer certificate serial number, 3 bytes. */
    serial: hex(3),
  },
  { additionalProperties: false },
);

/** 32 bytes as unpadded base64url. */
const coordinate = Type.String({ pattern: '^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$' });
const jwkNotes = {
  kid: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  use: Type.Optional(Type.Literal('sig')),
};

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
    region,
    /** As credentials refer to it, and as the list names itself. */
    uri: Type.String({ pattern: '^https?://[!-~]+$', maxLength: 512 }),
    keyJwk: StatusListKey,
  },
  { additionalProperties: false },
);

const p256Key = <U extends string>(use: U) =>
  Type.Object(
    {
      kty: Type.Literal('EC'),
      crv: Type.Literal('P-256'),
      x: coordinate,
      y: coordinate,
      use: Type.Optional(Type.Literal(use)),
    },
    { additionalProperties: false },
  );
const kid = Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' });

/** A public key that the platform seals its answers with: ES256 (RFC 7518, 3.4). Never one that signs anything else. */
export const StatusKey = Type.Object({ kid, keyJwk: p256Key('sig') }, { additionalProperties: false });

/** A public key that questions for live status are encrypted to: ECDH-ES (RFC 7518, 4.6). */
export const StatusEncryptionKey = Type.Object(
  { kid, keyJwk: p256Key('enc') },
  { additionalProperties: false },
);

export const TrustDocument = Type.Object(
  {
    /** Names this state of trust. Derived from the content where absent. */
    revision: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    anchors: Type.Array(Type.Union([TransitQrAnchor, ChipSm2Anchor, ChipRsaAnchor]), {
      maxItems: ANCHORS_MAX,
    }),
    revocations: Type.Optional(Type.Array(Revocation, { maxItems: REVOCATIONS_MAX })),
    statusLists: Type.Optional(Type.Array(StatusListSource, { maxItems: 64 })),
    /** Several, so that they can be changed: an answer is good under any of them. */
    statusKeys: Type.Optional(Type.Array(StatusKey, { maxItems: 8 })),
    /** The first is the one to encrypt to; the platform still opens what was encrypted to the others. */
    statusEncryptionKeys: Type.Optional(Type.Array(StatusEncryptionKey, { maxItems: 8 })),
  },
  { additionalProperties: false },
);

export type TransitQrAnchor = Static<typeof TransitQrAnchor>;
export type ChipSm2Anchor = Static<typeof ChipSm2Anchor>;
export type ChipRsaAnchor = Static<typeof ChipRsaAnchor>;
export type Revocation = Static<typeof Revocation>;
export type StatusListKey = Static<typeof StatusListKey>;
export type StatusListSource = Static<typeof StatusListSource>;
export type StatusKey = Static<typeof StatusKey>;
export type StatusEncryptionKey = Static<typeof StatusEncryptionKey>;
export type TrustDocument = Static<typeof TrustDocument>;
