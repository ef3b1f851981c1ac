/** Shapes of the REST side. They validate requests, and the OpenAPI document is made from them. */
import { type TSchema, Type } from 'typebox';
import { RECEIPT_PURPOSES } from '../../../config/policy-schema.ts';
import { RECEIPT_ALGORITHMS } from '../../receipts/receipt.ts';
import { type EnvelopeRules, SceneName, SequenceNumber } from '../../tap/1-decode/decode.ts';
import { DEVICE_CLASSES } from '../../verification.ts';
import { Problem } from '../problem-schema.ts';

const closed = { additionalProperties: false } as const;
/** Beside `enum`: makers of clients choose the type by it. */
const text = { type: 'string' } as const;
/** More than 32 bits: makers of clients for typed languages take fewer otherwise (OpenAPI 3.1, 4.4). */
const wide = { format: 'int64' } as const;

/** Of values by name. Makers of clients know no patternProperties, which Type.Record makes. */
const mapOf = (values: TSchema[], description: string) =>
  Type.Unsafe<Record<string, unknown>>({
    type: 'object',
    additionalProperties: Type.Union(values),
    description,
  });

export const Stream = Type.String({
  pattern: '^[0-9a-f]{32}$',
  description: 'Chosen by the client at random when its own numbering starts: 16 bytes in lower-case hex.',
});

/** Fields of a verification besides the presentation. */
export const VerificationEnvelope = {
  stream: Type.Optional(Stream),
  seq: Type.Optional(SequenceNumber),
};

/** A number without its stream, or a stream without a number, names no tap (JSON Schema 2020-12, 6.5.4). */
export const VerificationRules: EnvelopeRules = {
  dependentRequired: { stream: ['seq'], seq: ['stream'] },
};

export const BatchRequest = Type.Object(
  { items: Type.Array(Type.Unknown(), { minItems: 1, description: 'Verifications, judged in any order.' }) },
  closed,
);

export const Decision = Type.Object(
  {
    stream: Stream,
    seq: SequenceNumber,
    id: Type.String({ minLength: 1, description: 'Names the decision in the journal.' }),
    outcome: Type.Enum(['allow', 'deny', 'refer'], text),
    code: Type.String({ description: 'Stable code, one of docs/codes.md.' }),
    at_ms: Type.Integer({
      ...wide,
      minimum: 0,
      description: 'When it was decided, milliseconds since 1970 UTC.',
    }),
    mode: Type.Enum(['live', 'lists', 'stale', 'closed'], text),
    scene: Type.String(),
    facts: mapOf(
      [Type.String(), Type.Number(), Type.Boolean()],
      'What may be shown at the point: never a card number or a name.',
    ),
    disclosed: Type.Optional(
      mapOf(
        [Type.String()],
        'Personal claims that the scene asks for. Not there where it denies, nor when a tap is sent again: they are not kept.',
      ),
    ),
    trust_grace: Type.Optional(
      Type.Literal(true, {
        description:
          'Only there when the trust it was proven by is past its expiry, within its signed grace.',
      }),
    ),
  },
  closed,
);

export const BatchResponse = Type.Object(
  {
    results: Type.Array(Type.Union([Decision, Problem]), {
      description:
        'One for each item, in the order of the items: a decision, or a problem where it was refused.',
    }),
  },
  closed,
);

/** A range, since makers of clients for typed languages make nothing usable of a constant. */
export const ChallengeBytes = Type.Unsafe<4>(
  Type.Integer({
    minimum: 4,
    maximum: 4,
    description: 'Four: an unpredictable number for a chip card (tag 9F37). Without it: of 32 to 64 bytes.',
  }),
);

export const ChallengeRequest = Type.Object(
  { scene: Type.Optional(SceneName), bytes: Type.Optional(ChallengeBytes) },
  closed,
);

export const Challenge = Type.Object(
  {
    challenge: Type.String({
      pattern: '^[A-Za-z0-9_-]{6,86}$',
      description: 'Base64url without padding. Good once, for this device, at this scene.',
    }),
    expires_in_ms: Type.Integer({ ...wide, minimum: 1, description: 'How long it is good, milliseconds.' }),
  },
  closed,
);

export const ReceiptRequest = Type.Object(
  {
    decision_id: Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'Of a decision that this device was given.',
    }),
    purpose: Type.Enum([...RECEIPT_PURPOSES], text),
    reference: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$',
      description:
        "What is proved, by the fund's own name for it: once for each purpose. No name or number of a person.",
    }),
    amount: Type.Optional(
      Type.Integer({
        ...wide,
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: "In the currency's minor unit. With `currency`, and not for the purpose identity.",
      }),
    ),
    currency: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217.' })),
    alg: Type.Optional(
      Type.Enum([...RECEIPT_ALGORITHMS], {
        ...text,
        description:
          'Default: ES256; with `crypto.profile` `sm` SGD_SM3_SM2, and no other is given then, as that is not given without.',
      }),
    ),
  },
  closed,
);

export const ReceiptId = Type.String({
  pattern: '^[0-9a-f]{32}$',
  description: 'Name of the receipt (`jti`).',
});

export const Receipt = Type.Object(
  {
    id: ReceiptId,
    receipt: Type.String({
      pattern: '^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$',
      description: 'Compact JWS (RFC 7515); docs/receipts.md says what is in it.',
    }),
  },
  closed,
);

/** JWK Set (RFC 7517 clause 5). */
export const ReceiptKeys = Type.Object(
  {
    issuer: Type.String({ description: 'The gateway, as `iss` of its receipts.' }),
    keys: Type.Array(Type.Object({}, { additionalProperties: true }), {
      description: 'Keys that receipts are or were signed with.',
    }),
    log_keys: Type.Array(Type.Object({}, { additionalProperties: true }), {
      description: "Keys that checkpoints of the journal's log are signed with.",
    }),
  },
  closed,
);

export const Session = Type.Object(
  {
    token: Type.String({ description: 'Bearer token for the HTTP side, usable until it expires.' }),
    expires_at_ms: Type.Integer({ ...wide, minimum: 0, description: 'Milliseconds since 1970 UTC.' }),
    device: Type.String(),
    class: Type.Enum([...DEVICE_CLASSES], text),
    scenes: Type.Array(Type.String()),
  },
  closed,
);

export const HealthDocument = Type.Object({ ok: Type.Boolean() }, closed);
