/**
 * Sends spans to a collector: OTLP over HTTP in its JSON encoding (OpenTelemetry Protocol 1.x). Traces are a help and no
 * record: what the collector does not take is dropped and told, and nothing waits for it.
 */
import { boundedBody, sendRequest } from './bounded-fetch.ts';
import { TimeLimit } from './time-limit.ts';

export interface Span {
  readonly name: string;
  /** Milliseconds since 1970 UTC, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Moments within it. */
  readonly events: readonly { readonly name: string; readonly atMs: number }[];
}

export interface OtlpExporterOptions {
  readonly url: string;
  /** Of this gateway, as OpenTelemetry's conventions name it. */
  readonly resource: Readonly<Record<string, string>>;
  /** Fills a buffer with chance. */
  readonly random: (bytes: Uint8Array) => void;
  /** Spans that are lost, and why. */
  readonly onLost: (spans: number, why: string) => void;
}

const BATCH_SPANS = 256;
const WAITING_SPANS_MAX = 2_048;
const SEND_EVERY_MS = 2_000;
const TIMEOUT_MS = 5_000;
/** The stop of the gateway waits no longer for a collector. */
const STOP_MS = 500;
const ANSWER_BYTES_MAX = 65_536;
const SERVER_SPAN = 2;

export class OtlpExporter {
  readonly #options: OtlpExporterOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #stopping = new AbortController();
  #waiting: Span[] = [];
  #sending: Promise<void> | null = null;

  constructor(options: OtlpExporterOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#send(), SEND_EVERY_MS).unref();
  }

  offer(span: Span): void {
    if (this.#waiting.length >= WAITING_SPANS_MAX) {
      this.#options.onLost(1, 'the collector is slower than spans come');
      return;
    }
    this.#waiting.push(span);
    if (this.#waiting.length >= BATCH_SPANS) void this.#send();
  }

  /** Sends what is left, once; what the collector does not take in half a second is lost. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const end = setTimeout(() => this.#stopping.abort(), STOP_MS);
    await this.#sending;
    await this.#send();
    clearTimeout(end);
  }

  /** One request at a time. */
  #send(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    this.#sending ??= this.#post(this.#waiting.splice(0)).finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  async #post(spans: readonly Span[]): Promise<void> {
    const { url, onLost } = this.#options;
    const { signal } = this.#stopping;
    const limit = new TimeLimit(TIMEOUT_MS, signal);
    try {
      const body = JSON.stringify(this.#document(spans));
      const headers = { 'content-type': 'application/json' };
      const response = await sendRequest(url, { headers, body, signal: limit.signal });
      await boundedBody(response, ANSWER_BYTES_MAX);
      if (!response.ok) onLost(spans.length, `the collector answered with status ${response.status}`);
    } catch (error) {
      const { message } = error as Error;
      const why = limit.passed ? 'the collector does not answer in time' : message;
      onLost(spans.length, signal.aborted ? 'the gateway stops' : why);
    } finally {
      limit.end();
    }
  }

  #document(spans: readonly Span[]): object {
    const { resource } = this.#options;
    const told = spans.map((span) => ({
      traceId: this.#id(16),
      spanId: this.#id(8),
      name: span.name,
      kind: SERVER_SPAN,
      startTimeUnixNano: nanoseconds(span.startMs),
      endTimeUnixNano: nanoseconds(span.endMs),
      attributes: attributes(span.attributes),
      events: span.events.map(({ name, atMs }) => ({ name, timeUnixNano: nanoseconds(atMs) })),
    }));
    const scope = { name: 'onecard-gateway' };
    return {
      resourceSpans: [
        { resource: { attributes: attributes(resource) }, scopeSpans: [{ scope, spans: told }] },
      ],
    };
  }

  #id(bytes: number): string {
    const id = new Uint8Array(bytes);
    this.#options.random(id);
    return Buffer.from(id).toString('hex');
  }
}

function attributes(values: Readonly<Record<string, string | number | boolean>>): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : typeof value === 'boolean'
          ? { boolValue: value }
          : { doubleValue: value },
  }));
}

/** 64-bit numbers are text in the JSON encoding. */
const nanoseconds = (ms: number) => String(BigInt(Math.round(ms * 1_000)) * 1_000n);
