/** The anchors of chip cards, and what revokes their issuers, as a trust document has them. */
import { type Static, Type } from 'typebox';
import { hexOf, hexUpTo, isoDate, regionName } from '../../trust/anchor-fields.ts';

const chipAnchorBase = {
  family: Type.Literal('chip-oda'),
  region: regionName,
  /** Registered application provider identifier, 5 bytes. */
  rid: hexOf(5),
  /** CA public key index, 1 byte. */
  index: hexOf(1),
  /** Last day on which the key is good, UTC. */
  expires: isoDate,
};

export const ChipSm2Anchor = Type.Object(
  {
    ...chipAnchorBase,
    alg: Type.Literal('sm2'),
    /** X and Y, 64 bytes. */
    publicKeyHex: hexOf(64),
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
    rid: hexOf(5),
    index: hexOf(1),
    /** Issuer certificate serial number, 3 bytes. */
    serial: hexOf(3),
  },
  { additionalProperties: false },
);

export type ChipSm2Anchor = Static<typeof ChipSm2Anchor>;
export type ChipRsaAnchor = Static<typeof ChipRsaAnchor>;
export type Revocation = Static<typeof Revocation>;
