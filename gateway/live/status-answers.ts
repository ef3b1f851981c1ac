/** What the platform answers to `POST /v1/status`, read once and strictly. */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { LISTED_STATES } from '../../lists/list-handle.ts';
import { ExchangeError } from '../outbound/keep-alive-client.ts';
import type { LiveAnswer } from './live-answer.ts';

const asOfMs = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const AnswersSchema = Type.Object(
  {
    answers: Type.Array(
      Type.Union([
        Type.Object(
          {
            answer: Type.Literal('known'),
            state: Type.Enum([...LISTED_STATES]),
            entitlements: Type.Integer({ minimum: 0, maximum: 0xffff_ffff }),
            as_of_ms: asOfMs,
          },
          { additionalProperties: false },
        ),
        Type.Object({ answer: Type.Literal('unknown'), as_of_ms: asOfMs }, { additionalProperties: false }),
        Type.Object({ answer: Type.Literal('not_covered') }, { additionalProperties: false }),
      ]),
      { minItems: 1, maxItems: 100_000 },
    ),
  },
  { additionalProperties: false },
);
type WireAnswer = Static<typeof AnswersSchema>['answers'][number];

const compiled = Compile(AnswersSchema);

/** Clocks may differ by this much; knowledge from later than that is no knowledge. */
const AHEAD_MAX_MS = 300_000;
/** Older knowledge than a day is not live: the lists know better. */
const BEHIND_MAX_MS = 86_400_000;

/** Bytes of an answer, however it is laid out: the longest written without spaces has about 90. */
const ITEM_BYTES_MAX = 256;
const FRAME_BYTES_MAX = 1_024;

/** Largest answer to so many queries, bytes. */
export function answerBytesMax(queries: number): number {
  return FRAME_BYTES_MAX + queries * ITEM_BYTES_MAX;
}

/**
 * Answers in the order of the queries. One that cannot be used spoils them all: it says that the platform, or what
 * stands between, is not what it should be. Throws ExchangeError (`malformed`).
 */
export function parseStatusAnswers(text: string, queries: number, nowMs: number): LiveAnswer[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ExchangeError('malformed');
  }
  if (!compiled.Check(value) || value.answers.length !== queries) throw new ExchangeError('malformed');
  return value.answers.map((answer) => narrowed(answer, nowMs));
}

function narrowed(wire: WireAnswer, nowMs: number): LiveAnswer {
  if (wire.answer === 'not_covered') return { kind: 'not_covered' };
  const asOf = wire.as_of_ms;
  if (asOf > nowMs + AHEAD_MAX_MS || asOf < nowMs - BEHIND_MAX_MS) throw new ExchangeError('malformed');
  if (wire.answer === 'unknown') return { kind: 'unknown', asOfMs: asOf };
  return { kind: 'answered', state: wire.state, entitlements: wire.entitlements, asOfMs: asOf };
}
