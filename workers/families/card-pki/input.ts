/** What a card with certificates shows: its chain, and its signature over the challenge. */
import { Type } from 'typebox';
import type { ByteForm } from '../family.ts';

/** The leaf and up to four CAs below the anchor. */
export const CERTIFICATES_MAX = 5;
/** A little above what is read, so that a certificate which is too large gets its own code. */
const CERTIFICATE_BYTES_MAX = 17_000;
/** DER of two numbers of 32 bytes takes 72 at most. */
const SIGNATURE_BYTES_MAX = 80;
export const CHALLENGE_BYTES_MIN = 16;
export const CHALLENGE_BYTES_MAX = 64;

export interface CardPkiInput {
  /** As they were read from the card, leaf first. */
  readonly certificates: readonly Uint8Array[];
  readonly signature: Uint8Array;
  readonly challenge: Uint8Array;
}

/** In JSON a name says how its bytes are written. */
const NAMES = {
  hex: { certificates: 'certificatesBase64', signature: 'signatureHex', challenge: 'challengeHex' },
  bin: { certificates: 'certificates', signature: 'signature', challenge: 'challenge' },
} as const;

export function credentialSchema(bytes: ByteForm) {
  const names = NAMES[bytes.name];
  return Type.Object(
    {
      [names.certificates]: Type.Array(bytes.base64Schema(CERTIFICATE_BYTES_MAX), {
        minItems: 1,
        maxItems: CERTIFICATES_MAX,
        description: 'The certificate of the card, then CAs between it and the anchor',
      }),
      [names.signature]: bytes.schema(SIGNATURE_BYTES_MAX),
    },
    { additionalProperties: false },
  );
}

export function contextSchema(bytes: ByteForm) {
  return Type.Object(
    { [NAMES[bytes.name].challenge]: bytes.schema(CHALLENGE_BYTES_MAX) },
    { additionalProperties: false },
  );
}

export function readInput(credential: unknown, context: unknown, bytes: ByteForm): CardPkiInput {
  const names = NAMES[bytes.name];
  const fields = credential as Readonly<Record<string, unknown>>;
  return {
    certificates: (fields[names.certificates] as readonly unknown[]).map((each) => bytes.readBase64(each)),
    signature: bytes.read(fields[names.signature]),
    challenge: bytes.read((context as Readonly<Record<string, unknown>>)[names.challenge]),
  };
}
