/** What a reader hands over: the wallet's response, and what it was an answer to. */
import { type Static, Type } from 'typebox';
import type { ByteForm } from '../family.ts';

/** Of a DeviceResponse. A little more is taken, so that one which is too large is judged and gets its own code. */
export const RESPONSE_BYTES_MAX = 65_536;
const PRESENTED_BYTES_MAX = RESPONSE_BYTES_MAX + 4_096;
const TRANSCRIPT_BYTES_MAX = 8_192;
const TEXT_CHARACTERS_MAX = 2_048;

/** Which SessionTranscript the device signed. The labels of two are the same, so the reader says which; none is tried. */
export const HANDOVER_TYPES = [
  'openid4vp-1.0',
  'openid4vp-1.0-dc-api',
  'openid4vp-draft-18',
  'dc-api-draft-24',
  'annex-c',
  'proximity-qr',
  'proximity-nfc',
] as const;
export type HandoverType = (typeof HANDOVER_TYPES)[number];

/** Fields that the type has no use for are not looked at. */
export interface Handover {
  readonly type: HandoverType;
  readonly clientId?: string;
  readonly nonce?: string;
  readonly mdocGeneratedNonce?: string;
  readonly responseUri?: string;
  readonly origin?: string;
  /** RFC 7638, SHA-256 of the verifier's encryption key; absent where the response was not encrypted. */
  readonly jwkThumbprint?: Uint8Array;
  /** As it was sent, base64url. */
  readonly encryptionInfo?: string;
  /** Content of DeviceEngagementBytes and EReaderKeyBytes (ISO/IEC 18013-5 clause 9.1.5.1), without their tag. */
  readonly deviceEngagement?: Uint8Array;
  readonly readerKey?: Uint8Array;
  /** NFC: the Handover Select message, and the Handover Request message where handover was negotiated. */
  readonly handoverSelect?: Uint8Array;
  readonly handoverRequest?: Uint8Array;
}

/** A private key: it decides, with a device MAC, whether the device has made it. Never logged and never kept. */
export interface ReaderPrivateKey {
  readonly crv: string;
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

export interface MdocInput {
  readonly response: Uint8Array;
  readonly transcript: Uint8Array | null;
  readonly handover: Handover | null;
  readonly readerKey: ReaderPrivateKey | null;
  /** Which of several documents counts; null: the first. */
  readonly docType: string | null;
}

const isText = (form: ByteForm) => form.name === 'hex';
/** In JSON the property says that it is base64; in MessagePack it is the response itself. */
const responseName = (form: ByteForm) => (isText(form) ? 'base64' : 'response');
const base64Name = (form: ByteForm, name: string) => (isText(form) ? `${name}Base64` : name);

export const credentialSchema = (form: ByteForm) =>
  Type.Object(
    { [responseName(form)]: form.base64Schema(PRESENTED_BYTES_MAX) },
    { additionalProperties: false },
  );

const text = Type.Optional(Type.String({ maxLength: TEXT_CHARACTERS_MAX }));
/** An octet string of at most 66 bytes, as unpadded base64url. */
const coordinate = Type.String({ pattern: '^[A-Za-z0-9_-]{1,88}$' });

const THUMBPRINT_BYTES = 32;
/** In no union: a schema that says nothing of types cannot be told from another one. */
const binOrNull = Type.Refine(
  Type.Unsafe<unknown>({ description: `MessagePack bin of at most ${THUMBPRINT_BYTES} bytes, or nil` }),
  (value) => value === null || (value instanceof Uint8Array && value.byteLength <= THUMBPRINT_BYTES),
  () => `must be bin of at most ${THUMBPRINT_BYTES} bytes, or nil`,
);

const handoverSchema = (form: ByteForm) => {
  const base64 = Type.Optional(Type.Unsafe<unknown>(form.base64Schema(TRANSCRIPT_BYTES_MAX)));
  const thumbprint = isText(form)
    ? Type.Unsafe<unknown>(Type.Union([form.schema(THUMBPRINT_BYTES), Type.Null()]))
    : binOrNull;
  return Type.Object(
    {
      type: Type.Enum([...HANDOVER_TYPES], { type: 'string' }),
      clientId: text,
      nonce: text,
      mdocGeneratedNonce: text,
      responseUri: text,
      origin: text,
      [isText(form) ? 'jwkThumbprintHex' : 'jwkThumbprint']: Type.Optional(thumbprint),
      encryptionInfoBase64Url: text,
      [base64Name(form, 'deviceEngagement')]: base64,
      [base64Name(form, 'readerKey')]: base64,
      [base64Name(form, 'handoverSelect')]: base64,
      [base64Name(form, 'handoverRequest')]: base64,
    },
    { additionalProperties: false },
  );
};

const privateJwk = Type.Object(
  {
    kty: Type.Literal('EC'),
    crv: Type.Enum(['P-256', 'P-384', 'P-521'], { type: 'string' }),
    x: coordinate,
    y: coordinate,
    d: coordinate,
    alg: Type.Optional(Type.String({ maxLength: 64 })),
    kid: Type.Optional(Type.String({ maxLength: 128 })),
    use: Type.Optional(Type.String({ maxLength: 16 })),
  },
  { additionalProperties: false },
);

export const contextSchema = (form: ByteForm) =>
  Type.Object(
    {
      [base64Name(form, 'sessionTranscript')]: Type.Optional(
        Type.Unsafe<unknown>(form.base64Schema(TRANSCRIPT_BYTES_MAX)),
      ),
      handover: Type.Optional(handoverSchema(form)),
      readerPrivateJwk: Type.Optional(privateJwk),
      docType: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    },
    { additionalProperties: false },
  );

type Context = {
  readonly handover?: Readonly<Record<string, unknown>> & { readonly type: HandoverType };
  readonly readerPrivateJwk?: Static<typeof privateJwk>;
  readonly docType?: string;
};

/** Narrows what both schemas accepted. */
export function readInput(credential: unknown, context: unknown, form: ByteForm): MdocInput {
  const own = context as Context;
  const given = context as Readonly<Record<string, unknown>>;
  const transcript = given[base64Name(form, 'sessionTranscript')];
  const key = own.readerPrivateJwk;
  return {
    response: form.readBase64((credential as Readonly<Record<string, unknown>>)[responseName(form)]),
    transcript: transcript === undefined ? null : form.readBase64(transcript),
    handover: own.handover === undefined ? null : readHandover(own.handover, form),
    readerKey: key === undefined ? null : { crv: key.crv, x: key.x, y: key.y, d: key.d },
    docType: own.docType ?? null,
  };
}

const TEXTS = ['clientId', 'nonce', 'mdocGeneratedNonce', 'responseUri', 'origin'] as const;
const BYTES = ['deviceEngagement', 'readerKey', 'handoverSelect', 'handoverRequest'] as const;

function readHandover(given: NonNullable<Context['handover']>, form: ByteForm): Handover {
  const read: Record<string, unknown> = { type: given.type };
  for (const name of TEXTS) if (given[name] !== undefined) read[name] = given[name];
  for (const name of BYTES) {
    const value = given[base64Name(form, name)];
    if (value !== undefined) read[name] = form.readBase64(value);
  }
  const thumbprint = given[isText(form) ? 'jwkThumbprintHex' : 'jwkThumbprint'];
  if (thumbprint !== undefined && thumbprint !== null) read['jwkThumbprint'] = form.read(thumbprint);
  if (given['encryptionInfoBase64Url'] !== undefined)
    read['encryptionInfo'] = given['encryptionInfoBase64Url'];
  return read as unknown as Handover;
}
