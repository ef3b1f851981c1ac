/** `POST /v1/verifications` and `/v1/verifications:batch`: the tap for clients that do not hold a connection. */
import { Compile } from 'typebox/compile';
import type { Code } from '../../../config/codes.ts';
import type { Limits } from '../../../config/settings.ts';
import { binForm, hexForm } from '../../../workers/families/byte-form.ts';
import { PresentationDecoder, type ReadableFamily } from '../../tap/1-decode/decode.ts';
import { DirectJsonDecoder } from '../../tap/1-decode/direct-json.ts';
import type { Answer, Device, Presentation, TapId, TapIntake } from '../../verification.ts';
import type { Exchange } from '../exchange.ts';
import type { MediaForm } from '../media.ts';
import { problem } from '../problem.ts';
import type { Problem } from '../problem-schema.ts';
import type { TransportMetrics } from '../transport.ts';
import { drawStream } from './drawn-streams.ts';
import { decisionFields } from './gate-protocol.ts';
import { frameBytesOf } from './message-sizes.ts';
import { type ReadRequest, type RestRequests, writeValue } from './rest-requests.ts';
import { BatchRequest, VerificationEnvelope, VerificationRules } from './rest-schemas.ts';

/** One verification as text may be this many times larger than the same tap in a frame. */
const TEXT_TO_FRAME = 4;
/** A batch wraps its items in a map and an array. */
const BATCH_NESTING = 2;

const DRAWN = { drawnStream: true } as const;

const batchRequest = Compile(BatchRequest);

export interface VerificationsOptions {
  readonly limits: Limits;
  readonly families: readonly ReadableFamily[];
  readonly intake: TapIntake;
  readonly requests: RestRequests;
  readonly metrics: Pick<TransportMetrics, 'connectionRefused'>;
}

/** A decision as the REST side writes it, or a problem. */
type Result =
  | { readonly kind: 'decision'; readonly document: object }
  | { readonly kind: 'problem'; readonly document: Problem };

export class Verifications {
  readonly #options: VerificationsOptions;
  readonly #decoders: Readonly<Record<MediaForm, PresentationDecoder<typeof VerificationEnvelope>>>;
  readonly #direct: DirectJsonDecoder;

  constructor(options: VerificationsOptions) {
    const { nesting_depth: depth, map_entries: entries } = options.limits;
    this.#options = options;
    this.#direct = new DirectJsonDecoder(options.families, { depth, entries });
    this.#decoders = {
      json: new PresentationDecoder(hexForm, VerificationEnvelope, options.families, VerificationRules),
      msgpack: new PresentationDecoder(binForm, VerificationEnvelope, options.families, VerificationRules),
    };
  }

  one(exchange: Exchange): void | Promise<void> {
    const { limits } = this.#options;
    const limitsOf = (device: Device | null) => ({
      bytes: Math.min(limits.body_bytes, frameBytesOf(limits, device?.class ?? null) * TEXT_TO_FRAME),
      depth: limits.nesting_depth,
      entries: limits.map_entries,
    });
    const answerIn = (form: MediaForm) => (result: Result) => {
      if (result.kind === 'problem') exchange.problem(result.document);
      else writeValue(exchange, form, result.document);
    };
    return this.#options.requests.read(
      exchange,
      limitsOf,
      (request) => this.#verify(request, request.value, drawStream(), 0, answerIn(request.answerForm)),
      (bytes, { device, answerForm }) => {
        const body = this.#direct.decode(bytes);
        if (body !== null)
          this.#submit(device, body, body.presentation, drawStream(), 0, answerIn(answerForm));
        return body !== null;
      },
    );
  }

  batch(exchange: Exchange): void | Promise<void> {
    const { limits } = this.#options;
    const contentLimits = {
      bytes: limits.body_bytes,
      depth: limits.nesting_depth + BATCH_NESTING,
      entries: Math.max(limits.map_entries, limits.batch_items),
    };
    return this.#options.requests.read(
      exchange,
      () => contentLimits,
      (request) => this.#verifyAll(exchange, request),
    );
  }

  #verifyAll(exchange: Exchange, request: ReadRequest): void {
    const { value } = request;
    if (!batchRequest.Check(value)) {
      exchange.refuse('request.wrong_type');
      return;
    }
    const { items } = value;
    if (items.length > this.#options.limits.batch_items) {
      exchange.refuse('request.too_many_items');
      return;
    }
    const results: object[] = new Array(items.length);
    let unanswered = items.length;
    const stream = drawStream();
    for (const [i, item] of items.entries()) {
      this.#verify(request, item, stream, i, (result) => {
        results[i] = result.document;
        unanswered--;
        if (unanswered === 0) writeValue(exchange, request.answerForm, { results });
      });
    }
  }

  /** Hands one presentation to the pipeline. `done` is called once, at once or later. */
  #verify(
    request: ReadRequest,
    value: unknown,
    ownStream: string,
    ownSeq: number,
    done: (result: Result) => void,
  ): void {
    const decoded = this.#decoders[request.form].decode(value);
    if (!decoded.ok) {
      done(this.#refused(decoded.code));
      return;
    }
    this.#submit(request.device, decoded.envelope, decoded.presentation, ownStream, ownSeq, done);
  }

  #submit(
    device: Device,
    { stream, seq }: { readonly stream?: string | undefined; readonly seq?: number | undefined },
    presentation: Presentation,
    ownStream: string,
    ownSeq: number,
    done: (result: Result) => void,
  ): void {
    // As in a frame: a body may be larger than that, and a batch holds many.
    if (presentation.packedInput.length > frameBytesOf(this.#options.limits, device.class)) {
      done(this.#refused('request.too_large'));
      return;
    }
    const id: TapId = { deviceId: device.deviceId, stream: stream ?? ownStream, seq: seq ?? ownSeq };
    this.#options.intake.submit({
      id,
      ...(stream === undefined && DRAWN),
      device,
      presentation,
      reply: (answer) => done(resultOf(id, answer)),
    });
  }

  /** One presentation that is no tap; its siblings in a batch may be. */
  #refused(code: Code): Result {
    this.#options.metrics.connectionRefused(code);
    return { kind: 'problem', document: problem(code) };
  }
}

function resultOf({ stream, seq }: TapId, answer: Answer): Result {
  if (answer.kind === 'decision') {
    return { kind: 'decision', document: { stream, ...decisionFields(answer) } };
  }
  return { kind: 'problem', document: { ...problem(answer.code, answer.retryAfterMs), stream, seq } };
}
