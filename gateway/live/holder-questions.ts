/**
 * Asks the platform about the holder of a credential, for a desk (docs/platform.md, Matches, PINs): whether he or she is of this
 * name and number, by keyed hashes, and whether this is the PIN.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { disclosed, type PersonalText } from '../../workers/claims.ts';
import { ExchangeError } from '../outbound/keep-alive-client.ts';
import { BatchedAsking, type BatchedOptions, type ClosablePlatform } from './batched-asking.ts';
import type { Asked } from './live-answer.ts';
import type { QuestionFormat } from './sealed-exchange.ts';

export interface MatchQuestion extends Asked {
  readonly issuer: string;
  /** Goes to the platform only. */
  readonly credentialId: PersonalText;
  /** HMAC-SHA-256, hex. */
  readonly name: string;
  readonly documentNumber: string | null;
}

export type MatchReply =
  | {
      readonly kind: 'known';
      readonly name: 'yes' | 'no';
      readonly documentNumber: 'yes' | 'no' | 'unknown';
      /** Milliseconds since 1970 UTC. */
      readonly asOfMs: number;
    }
  | { readonly kind: 'unknown' };

export interface PinQuestion extends Asked {
  readonly issuer: string;
  readonly credentialId: PersonalText;
  readonly pin: PersonalText;
  /** Drawn at random: two questions never share an answer, for each is an attempt. */
  readonly id: string;
}

export type PinReply =
  | { readonly kind: 'yes' | 'no' | 'none_set' | 'unknown' }
  | { readonly kind: 'later'; readonly retryAfterMs: number };

type Options<Question extends Asked, Answer extends { readonly kind: string }> = Omit<
  BatchedOptions<Question, Answer>,
  'format' | 'keyOf'
>;

export function createMatcher(
  options: Options<MatchQuestion, MatchReply>,
): ClosablePlatform<MatchQuestion, MatchReply> {
  const keyOf = ({ issuer, credentialId, name, documentNumber }: MatchQuestion) =>
    [issuer, disclosed(credentialId), name, documentNumber].join('\0');
  return new BatchedAsking({ ...options, format: MATCHES, keyOf });
}

export function createPinAsking(
  options: Options<PinQuestion, PinReply>,
): ClosablePlatform<PinQuestion, PinReply> {
  return new BatchedAsking({ ...options, format: PINS, keyOf: ({ id }: PinQuestion) => id });
}

const closed = { additionalProperties: false };
const time = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const yesOrNo = [Type.Literal('yes'), Type.Literal('no')] as const;
const ITEM_BYTES_MAX = 256;
const FRAME_BYTES_MAX = 1_024;
const answerBytesMax = (questions: number) => FRAME_BYTES_MAX + questions * ITEM_BYTES_MAX;

const matchAnswers = Compile(
  Type.Object(
    {
      answers: Type.Array(
        Type.Union([
          Type.Object(
            {
              answer: Type.Literal('known'),
              name: Type.Union([...yesOrNo]),
              document_number: Type.Union([...yesOrNo, Type.Literal('unknown')]),
              as_of_ms: time,
            },
            closed,
          ),
          Type.Object({ answer: Type.Literal('unknown'), as_of_ms: time }, closed),
        ]),
      ),
    },
    closed,
  ),
);

const MATCHES: QuestionFormat<MatchQuestion, MatchReply> = {
  path: '/v1/matches',
  plain: (asked) => ({
    matches: asked.map(({ issuer, credentialId, name, documentNumber }) => ({
      ...{ issuer, credential: disclosed(credentialId), name, document_number: documentNumber },
    })),
  }),
  answerBytesMax,
  parse(text, questions) {
    const value = jsonOf(text);
    if (!matchAnswers.Check(value) || value.answers.length !== questions)
      throw new ExchangeError('malformed');
    return value.answers.map((each) =>
      each.answer === 'unknown'
        ? { kind: 'unknown' }
        : {
            kind: 'known',
            name: each.name,
            documentNumber: each.document_number,
            asOfMs: each.as_of_ms,
          },
    );
  },
};

const pinAnswers = Compile(
  Type.Object(
    {
      answers: Type.Array(
        Type.Union([
          Type.Object({ answer: Type.Enum(['yes', 'no', 'none_set', 'unknown']) }, closed),
          Type.Object(
            {
              answer: Type.Literal('later'),
              retry_after_ms: Type.Integer({ minimum: 0, maximum: 86_400_000 }),
            },
            closed,
          ),
        ]),
      ),
    },
    closed,
  ),
);

const PINS: QuestionFormat<PinQuestion, PinReply> = {
  path: '/v1/pins',
  plain: (asked) => ({
    pins: asked.map(({ issuer, credentialId, pin }) => ({
      ...{ issuer, credential: disclosed(credentialId), pin: disclosed(pin) },
    })),
  }),
  answerBytesMax,
  parse(text, questions) {
    const value = jsonOf(text);
    if (!pinAnswers.Check(value) || value.answers.length !== questions) throw new ExchangeError('malformed');
    return value.answers.map((each) =>
      each.answer === 'later' ? { kind: 'later', retryAfterMs: each.retry_after_ms } : { kind: each.answer },
    );
  },
};

/** Throws ExchangeError (`malformed`). */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ExchangeError('malformed');
  }
}
