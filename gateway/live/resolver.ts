/** Asks the platform what online codes mean (docs/platform.md, Online codes). Each is asked for by itself: it is good once. */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { disclosed, type PersonalText, personalText } from '../../workers/claims.ts';
import { ExchangeError } from '../outbound/keep-alive-client.ts';
import { BatchedAsking, type BatchedEvents, type BatchedOptions } from './batched-asking.ts';
import type { Asked, NoAnswer, Platform } from './live-answer.ts';
import { BoundedResolver, type ResolverBounds } from './resolver-bounds.ts';
import type { QuestionFormat } from './sealed-exchange.ts';

export interface ResolverQuestion extends Asked {
  /** Goes to the platform only. */
  readonly code: PersonalText;
  /** What it is called here, 16 bytes. */
  readonly name: Uint8Array;
  /** 01 query, 02 payment, 03 other, 04 cross-region. */
  readonly businessType: string;
  /** The gateway. */
  readonly org: string;
  readonly device: string;
  readonly scene: string;
  /** The same for the same code at the same device and scene: asked again, the platform gives the answer it gave. */
  readonly requestId: string;
}

export type ResolverAnswer =
  | {
      readonly kind: 'ok';
      readonly issuer: string;
      readonly region: string;
      /** Whose code it is. */
      readonly subject: PersonalText;
      /** What kind of number that is. */
      readonly idType: string;
      /** Milliseconds since 1970 UTC. */
      readonly validUntilMs: number;
      /** All groups that the person belongs to; null: it does not say. */
      readonly groups: readonly string[] | null;
    }
  | { readonly kind: Refusal };

/** Why a code means nothing; that is no fault of whoever was asked. */
export type Refusal = 'expired' | 'unknown' | 'used' | 'refused';

export type CodeResolver = Platform<ResolverQuestion, ResolverAnswer>;

/** What metrics are made of. Nothing in it names a code or a person. */
export type ResolverEvents = BatchedEvents<(ResolverAnswer | NoAnswer)['kind']>;

export interface ResolverOptions
  extends Omit<BatchedOptions<ResolverQuestion, ResolverAnswer>, 'format' | 'keyOf' | 'events'> {
  readonly bounds: ResolverBounds;
  readonly events: ResolverEvents;
}

export interface ClosableResolver extends CodeResolver {
  close(): Promise<void>;
}

export function createResolver({ bounds, ...options }: ResolverOptions): ClosableResolver {
  // The first answer wins: two devices, or two scenes, never share one.
  const keyOf = ({ requestId }: ResolverQuestion) => requestId;
  const asking = new BatchedAsking({ ...options, format: FORMAT, keyOf });
  const bounded = new BoundedResolver(asking, bounds, options.now ?? (() => performance.now()));
  return { ask: (question, reply) => bounded.ask(question, reply), close: () => asking.close() };
}

const closed = { additionalProperties: false };
const AnswersSchema = Type.Object(
  {
    answers: Type.Array(
      Type.Union([
        Type.Object(
          {
            answer: Type.Literal('ok'),
            issuer: Type.String({ minLength: 1, maxLength: 64 }),
            region: Type.String({ minLength: 1, maxLength: 16 }),
            subject: Type.String({ minLength: 1, maxLength: 128 }),
            id_type: Type.String({ pattern: '^[a-z0-9_]{1,32}$' }),
            valid_until_ms: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
            groups: Type.Optional(
              Type.Array(Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,31}$' }), { maxItems: 16 }),
            ),
          },
          closed,
        ),
        Type.Object({ answer: Type.Enum(['expired', 'unknown', 'used', 'refused']) }, closed),
      ]),
      { minItems: 1, maxItems: 100_000 },
    ),
  },
  closed,
);
type WireAnswer = Static<typeof AnswersSchema>['answers'][number];

const compiled = Compile(AnswersSchema);
/** Bytes of an answer, however it is laid out. */
const ITEM_BYTES_MAX = 1_536;
const FRAME_BYTES_MAX = 1_024;

const FORMAT: QuestionFormat<ResolverQuestion, ResolverAnswer> = {
  path: '/v1/codes',
  plain: (asked) => ({
    codes: asked.map(({ code, businessType, org, device, scene, requestId }) => ({
      ...{ code: disclosed(code), business_type: businessType, org, device, scene },
      request_id: requestId,
    })),
  }),
  answerBytesMax: (questions) => FRAME_BYTES_MAX + questions * ITEM_BYTES_MAX,
  parse: parseResolverAnswers,
};

/** One that cannot be used spoils them all, as with live status. Throws ExchangeError (`malformed`). */
function parseResolverAnswers(text: string, questions: number): ResolverAnswer[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ExchangeError('malformed');
  }
  if (!compiled.Check(value) || value.answers.length !== questions) throw new ExchangeError('malformed');
  return value.answers.map(narrowed);
}

function narrowed(wire: WireAnswer): ResolverAnswer {
  if (wire.answer !== 'ok') return { kind: wire.answer };
  const { issuer, region, subject, id_type: idType, valid_until_ms: validUntilMs, groups = null } = wire;
  return { kind: 'ok', issuer, region, subject: personalText(subject), idType, validUntilMs, groups };
}
