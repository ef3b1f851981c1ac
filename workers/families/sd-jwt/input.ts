/** What a device hands over of an SD-JWT: its text, and what the holder was asked to sign. */
import { Type } from 'typebox';
import { textSchema } from '../text-form.ts';
import { CREDENTIAL_CHARACTERS_MAX } from './split.ts';

export interface SdJwtInput {
  readonly text: string;
  /** Null where the holder was asked to sign nothing. */
  readonly aud: string | null;
  readonly nonce: string | null;
}

/** Above what is taken, so that a credential which is too large is judged and gets its own code. */
const PRESENTED_BYTES_MAX = CREDENTIAL_CHARACTERS_MAX + 8_192;
const EXPECTED_CHARACTERS_MAX = 512;

export const credentialSchema = () =>
  Type.Object(
    {
      text: textSchema(PRESENTED_BYTES_MAX, 'The SD-JWT as the wallet presents it (RFC 9901, clause 4)'),
    },
    { additionalProperties: false },
  );

const expected = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: EXPECTED_CHARACTERS_MAX, description }));

export const contextSchema = () =>
  Type.Object(
    {
      aud: expected('Whom the key binding JWT must be meant for: the verifier, as the wallet knows it'),
      nonce: expected('What the key binding JWT must carry: a challenge that was used for nothing else'),
    },
    { additionalProperties: false },
  );

export function readInput(credential: unknown, context: unknown): SdJwtInput {
  const { text } = credential as { readonly text: string };
  const { aud = null, nonce = null } = context as { readonly aud?: string; readonly nonce?: string };
  return { text, aud, nonce };
}

/** Characters of an encoded signature of ES384 and of ES512. */
const P384_CHARACTERS = 128;
const P521_CHARACTERS = 176;
/** No header of a key binding JWT that is worth a look is longer. */
const HEADER_CHARACTERS_MAX = 256;

/**
 * What is slow shows outside: the size of the issuer's or the holder's signature, and for Ed25519, whose signatures are as
 * long as those of P-256, the holder's header.
 */
export function costKey({ text }: SdJwtInput): string {
  const first = text.indexOf('~');
  const issuer = first - text.lastIndexOf('.', first) - 1;
  const last = text.lastIndexOf('~');
  const holder = text.length - text.lastIndexOf('.') - 1;
  if (issuer === P521_CHARACTERS || holder === P521_CHARACTERS) return 'sd-jwt/p521';
  if (issuer === P384_CHARACTERS || holder === P384_CHARACTERS) return 'sd-jwt/p384';
  if (last === text.length - 1) return 'sd-jwt';
  const headerEnd = text.indexOf('.', last);
  if (headerEnd < 0 || headerEnd - last > HEADER_CHARACTERS_MAX) return 'sd-jwt';
  const header = Buffer.from(text.slice(last + 1, headerEnd), 'base64url').toString('latin1');
  return header.includes('"EdDSA"') ? 'sd-jwt/ed25519' : 'sd-jwt';
}
