/** What the platform says on the bus of what it took from one gateway (docs/platform.md). */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type NamedDigest, namedDigest } from '../../../crypto/named-digest.ts';
import { readSeal } from '../../outbound/answer-seal.ts';
import type { SealKeys } from '../../outbound/platform-request.ts';

/** Answers in one confirmation, at most. */
const ANSWERS_MAX = 64;
const BYTES_MAX = 65_536;

const digest = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' });
const sequence = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Schema = Compile(
  Type.Object(
    {
      gateway: Type.String(),
      made: Type.String({ maxLength: 64 }),
      through: sequence,
      answers: Type.Array(
        Type.Object(
          {
            sequence,
            sha256: Type.Optional(digest),
            sm3: Type.Optional(digest),
            status: Type.Integer({ minimum: 100, maximum: 599 }),
            answer: Type.Unknown(),
          },
          { additionalProperties: false },
        ),
        { maxItems: ANSWERS_MAX },
      ),
    },
    { additionalProperties: false },
  ),
);

export interface ConfirmedUpload {
  /** In the stream. */
  readonly sequence: number;
  readonly status: number;
  readonly answer: unknown;
}

export interface Confirmation {
  /** When the stream that the sequences are of was made, as its server says it. */
  readonly made: string;
  /** Everything of this gateway up to here was read. */
  readonly through: number;
  /** The last answers, by the digest of the upload, of whichever algorithm the platform named it with. */
  readonly answers: ReadonlyMap<NamedDigest, ConfirmedUpload>;
}

/** As it came. */
export interface SaidOnBus {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly seal: string | null;
}

/** Null: it is none, or of another gateway. */
export function readConfirmation(gatewayId: string, { data }: SaidOnBus): Confirmation | null {
  if (data.length > BYTES_MAX) return null;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
  } catch {
    return null;
  }
  if (!Schema.Check(value) || value.gateway !== gatewayId) return null;
  const { made, through } = value;
  const answers = new Map<NamedDigest, ConfirmedUpload>();
  for (const { sha256, sm3, ...answer } of value.answers) {
    for (const [profile, digest] of [['international', sha256] as const, ['sm', sm3] as const]) {
      if (digest !== undefined)
        answers.set(namedDigest(profile, Buffer.from(digest, 'base64url'), 'base64url'), answer);
    }
  }
  return { made, through, answers };
}

/** Whether the platform has signed it for this subject. What it answers to is bound by the digests in it. */
export function isSealed({ subject, data, seal }: SaidOnBus, keys: SealKeys): boolean {
  return 'sealedAtMs' in readSeal(seal, keys, { path: subject, request: '', status: 200, answer: data });
}
