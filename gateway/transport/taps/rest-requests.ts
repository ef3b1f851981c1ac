/** Requests with a body on the REST side: who asks, in which form, within which bounds; and answers in the form they want. */
import type { Code } from '../../../config/codes.ts';
import type { Limits } from '../../../config/settings.ts';
import { MsgpackWriter } from '../../../workers/codecs/msgpack-writer.ts';
import { parseStrictJson } from '../../../workers/codecs/strict-json.ts';
import { parseStrictMsgpack } from '../../../workers/codecs/strict-msgpack.ts';
import type { DeviceAuth } from '../../devices/auth.ts';
import type { Device } from '../../verification.ts';
import type { BodyResult, Exchange } from '../exchange.ts';
import { HeldBodies } from '../held-bodies.ts';
import { acceptedForm, contentForm, MEDIA_TYPES, type MediaForm } from '../media.ts';

/** As long as a connection outlives its enrolment at most. */
const LATE_BODY_MS = 1_000;

const writer = new MsgpackWriter();
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Whose request it is, and how it wants its answer. */
export interface Requested {
  readonly device: Device;
  readonly answerForm: MediaForm;
}

export interface ReadRequest extends Requested {
  readonly value: unknown;
  readonly form: MediaForm;
}

export interface ContentLimits {
  readonly bytes: number;
  readonly depth: number;
  readonly entries: number;
}

export interface RestRequestsOptions {
  readonly limits: Pick<Limits, 'body_bytes_per_device' | 'body_bytes_in_all' | 'deadline_batch_ms'>;
  readonly devices: DeviceAuth;
}

export class RestRequests {
  readonly #options: RestRequestsOptions;
  readonly #bodies: HeldBodies;

  constructor(options: RestRequestsOptions) {
    const { body_bytes_per_device, body_bytes_in_all } = options.limits;
    this.#options = options;
    this.#bodies = new HeldBodies({ perHolder: body_bytes_per_device, all: body_bytes_in_all });
  }

  /**
   * Authenticates, reads and parses, and calls `use`, or refuses. At once for a session whose body is there. `limitsOf`: of
   * the device; null while nobody knows yet whose request it is. `useJson`: takes a JSON body as it lies; false: it is to be
   * parsed.
   */
  read(
    exchange: Exchange,
    limitsOf: (device: Device | null) => ContentLimits,
    use: (request: ReadRequest) => void,
    useJson: (bytes: Uint8Array, request: Requested) => boolean = () => false,
  ): void | Promise<void> {
    const { bearer } = exchange;
    if (bearer === null) return exchange.refuse('auth.missing');
    const form = contentForm(exchange.contentType);
    if (form === null) return exchange.refuse('request.unsupported_media_type');
    const answerForm = acceptedForm(exchange.accept, form);
    if (answerForm === null) return exchange.refuse('request.not_acceptable');
    const timeoutMs = this.#options.limits.deadline_batch_ms;
    const bodies = this.#bodies;
    const since = performance.now();
    const useFor = (device: Device, body: BodyResult, limits: ContentLimits) => {
      // A body may come slowly: its device may have been revoked meanwhile, or enrolled anew.
      const late = performance.now() - since > LATE_BODY_MS;
      const ended = late ? this.#options.devices.standing(device) : null;
      if (ended !== null) return exchange.refuse(ended);
      if (body.ok && form === 'json' && useJson(body.bytes, { device, answerForm })) return;
      const parsed = parse(body, form, limits);
      if (parsed.ok) use({ device, value: parsed.value, form, answerForm });
      else exchange.refuse(parsed.code);
    };
    // Nothing is parsed for a stranger.
    const authenticated = this.#options.devices.authenticate(bearer);
    if (authenticated instanceof Promise) {
      // Nobody knows yet whose it is: it counts for the address it comes from.
      const limits = limitsOf(null);
      const reading = { bytes: limits.bytes, timeoutMs };
      exchange.readBody(reading, bodies.begin(`at ${exchange.address}`), async (body) => {
        const copied = copyOf(body);
        const result = await authenticated;
        if (result.ok) useFor(result.device, copied, limits);
      });
      return authenticated.then((result) => {
        if (!result.ok) exchange.refuse(result.code);
      });
    }
    if (!authenticated.ok) return exchange.refuse(authenticated.code);
    const { device } = authenticated;
    const limits = limitsOf(device);
    const reading = { bytes: limits.bytes, timeoutMs };
    exchange.readBody(reading, bodies.begin(device.deviceId), (body) => useFor(device, body, limits));
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

/** `no-store`: it may name a person, or be a token. */
const OF_A_VALUE = ['Cache-Control', 'no-store'] as const;

export function writeValue(
  exchange: Exchange,
  form: MediaForm,
  value: object,
  status = 200,
  headers: readonly (readonly [string, string])[] = [],
): void {
  const body = form === 'json' ? JSON.stringify(value) : writer.reset().value(value).copy();
  exchange.respond(status, [['Content-Type', MEDIA_TYPES[form]], OF_A_VALUE, ...headers], body);
}
