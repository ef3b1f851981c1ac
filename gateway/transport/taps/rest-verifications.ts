/** `POST /v1/verifications` and `/v1/verifications:batch`: the tap for clients that do not hold a connection. */
import { Compile } from 'typebox/compile';
import type { Code } from '../../../config/codes.ts';
import type { Limits } from '../../../config/settings.ts';
import { MsgpackWriter } from '../../../workers/codecs/msgpack-writer.ts';
import { parseStrictJson } from '../../../workers/codecs/strict-json.ts';
import { parseStrictMsgpack } from '../../../workers/codecs/strict-msgpack.ts';
import { binForm, hexForm } from '../../../workers/families/byte-form.ts';
import type { DeviceAuth } from '../../devices/auth.ts';
import { PresentationDecoder, type ReadableFamily } from '../../tap/1-decode/decode.ts';
import type { Answer, Device, TapId, TapIntake } from '../../verification.ts';
import type { BodyResult, Exchange } from '../exchange.ts';
import { HeldBodies } from '../held-bodies.ts';
import { acceptedForm, contentForm, MEDIA_TYPES, type MediaForm } from '../media.ts';
import { problem } from '../problem.ts';
import type { Problem } from '../problem-schema.ts';
import type { TransportMetrics } from '../transport.ts';
import { drawStream } from './drawn-streams.ts';
import { decisionFields } from './gate-protocol.ts';
import { BatchRequest, VerificationEnvelope, VerificationRules } from './rest-schemas.ts';

/** One verification as text may be this many times larger than the same tap in a frame. */
const TEXT_TO_FRAME = 4;
/** A batch wraps its items in a map and an array. */
const BATCH_NESTING = 2;

/** As long as a connection outlives its enrolment at most. */
const LATE_BODY_MS = 1_000;

const DRAWN = { drawnStream: true } as const;

const batchRequest = Compile(BatchRequest);
const writer = new MsgpackWriter();
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export interface VerificationsOptions {
  readonly limits: Limits;
  readonly families: readonly ReadableFamily[];
  readonly intake: TapIntake;
  readonly devices: DeviceAuth;
  readonly metrics: Pick<TransportMetrics, 'connectionRefused'>;
}

/** A decision as the REST side writes it, or a problem. */
type Result =
  | { readonly kind: 'decision'; readonly document: object }
  | { readonly kind: 'problem'; readonly document: Problem };

interface ReadRequest {
  readonly device: Device;
  readonly value: unknown;
  readonly form: MediaForm;
  readonly answerForm: MediaForm;
}

interface ContentLimits {
  readonly bytes: number;
  readonly depth: number;
  readonly entries: number;
}

export class Verifications {
  readonly #options: VerificationsOptions;
  readonly #decoders: Readonly<Record<MediaForm, PresentationDecoder<typeof VerificationEnvelope>>>;
  readonly #bodies: HeldBodies;

  constructor(options: VerificationsOptions) {
    const { body_bytes_per_device, body_bytes_in_all } = options.limits;
    this.#options = options;
    this.#bodies = new HeldBodies({ perHolder: body_bytes_per_device, all: body_bytes_in_all });
    this.#decoders = {
      json: new PresentationDecoder(hexForm, VerificationEnvelope, options.families, VerificationRules),
      msgpack: new PresentationDecoder(binForm, VerificationEnvelope, options.families, VerificationRules),
    };
  }

  one(exchange: Exchange): void | Promise<void> {
    const { limits } = this.#options;
    const contentLimits = {
      bytes: Math.min(limits.body_bytes, limits.frame_bytes * TEXT_TO_FRAME),
      depth: limits.nesting_depth,
      entries: limits.map_entries,
    };
    return this.#read(exchange, contentLimits, (request) => {
      this.#verify(request, request.value, drawStream(), 0, (result) => {
        if (result.kind === 'problem') exchange.problem(result.document);
        else write(exchange, request.answerForm, result.document);
      });
    });
  }

  batch(exchange: Exchange): void | Promise<void> {
    const { limits } = this.#options;
    const contentLimits = {
      bytes: limits.body_bytes,
      depth: limits.nesting_depth + BATCH_NESTING,
      entries: Math.max(limits.map_entries, limits.batch_items),
    };
    return this.#read(exchange, contentLimits, (request) => this.#verifyAll(exchange, request));
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
        if (unanswered === 0) write(exchange, request.answerForm, { results });
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
    const { stream, seq } = decoded.envelope;
    const { device } = request;
    const id: TapId = { deviceId: device.deviceId, stream: stream ?? ownStream, seq: seq ?? ownSeq };
    this.#options.intake.submit({
      id,
      ...(stream === undefined && DRAWN),
      device,
      presentation: decoded.presentation,
      reply: (answer) => done(resultOf(id, answer)),
    });
  }

  /** One presentation that is no tap; its siblings in a batch may be. */
  #refused(code: Code): Result {
    this.#options.metrics.connectionRefused(code);
    return { kind: 'problem', document: problem(code) };
  }

  /** Authenticates, reads and parses, and calls `use`, or refuses. At once for a session whose body is there. */
  #read(
    exchange: Exchange,
    limits: ContentLimits,
    use: (request: ReadRequest) => void,
  ): void | Promise<void> {
    const { bearer } = exchange;
    if (bearer === null) return exchange.refuse('auth.missing');
    const form = contentForm(exchange.contentType);
    if (form === null) return exchange.refuse('request.unsupported_media_type');
    const answerForm = acceptedForm(exchange.accept, form);
    if (answerForm === null) return exchange.refuse('request.not_acceptable');
    const reading = { bytes: limits.bytes, timeoutMs: this.#options.limits.deadline_batch_ms };
    const bodies = this.#bodies;
    const since = performance.now();
    const useFor = (device: Device, body: BodyResult) => {
      // A body may come slowly: its device may have been revoked meanwhile, or enrolled anew.
      const late = performance.now() - since > LATE_BODY_MS;
      const ended = late ? this.#options.devices.standing(device) : null;
      if (ended !== null) return exchange.refuse(ended);
      const parsed = parse(body, form, limits);
      if (parsed.ok) use({ device, value: parsed.value, form, answerForm });
      else exchange.refuse(parsed.code);
    };
    // Nothing is parsed for a stranger.
    const authenticated = this.#options.devices.authenticate(bearer);
    if (authenticated instanceof Promise) {
      // Nobody knows yet whose it is: it counts for the address it comes from.
      exchange.readBody(reading, bodies.begin(`at ${exchange.address}`), async (body) => {
        const copied = copyOf(body);
        const result = await authenticated;
        if (result.ok) useFor(result.device, copied);
      });
      return authenticated.then((result) => {
        if (!result.ok) exchange.refuse(result.code);
      });
    }
    if (!authenticated.ok) return exchange.refuse(authenticated.code);
    const { device } = authenticated;
    exchange.readBody(reading, bodies.begin(device.deviceId), (body) => useFor(device, body));
  }
}

type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly code: Code };

/** A body's bytes are gone when whoever was given them returns. */
function copyOf(body: BodyResult): BodyResult {
  return body.ok ? { ok: true, bytes: Uint8Array.from(body.bytes) } : body;
}

function parse(body: BodyResult, form: MediaForm, limits: ContentLimits): Parsed {
  if (!body.ok) return body;
  if (form === 'msgpack') return parseStrictMsgpack(body.bytes, limits);
  let text: string;
  try {
    text = utf8.decode(body.bytes);
  } catch {
    // RFC 8259 clause 8.1: JSON on a network is UTF-8.
    return { ok: false, code: 'request.malformed' };
  }
  return parseStrictJson(text, limits);
}

function resultOf({ stream, seq }: TapId, answer: Answer): Result {
  if (answer.kind === 'decision') {
    return { kind: 'decision', document: { stream, ...decisionFields(answer) } };
  }
  return { kind: 'problem', document: { ...problem(answer.code, answer.retryAfterMs), stream, seq } };
}

function write(exchange: Exchange, form: MediaForm, value: object): void {
  const body = form === 'json' ? JSON.stringify(value) : writer.reset().value(value).copy();
  exchange.respond(200, [['Content-Type', MEDIA_TYPES[form]]], body);
}
