/** One HTTP request to the platform: bounded in time and bytes, never redirected. */
import type { KeyObject } from 'node:crypto';
import { SEAL_HEADER, sealedAtMs } from '../knowledge/trust/answer-seal.ts';
import { PlatformError } from './platform-error.ts';
import { TimeLimit } from './time-limit.ts';

export interface PlatformEndpoint {
  /** Base address; paths are put behind it. */
  readonly url: string;
  /** Bearer token the platform knows this gateway by. */
  readonly token: string;
  /** Time the whole request may take, with its body. */
  readonly timeoutMs: number;
}

/** Keys that seal the platform's answers, by kid; empty: trust names none. */
export type SealKeys = ReadonlyMap<string, KeyObject>;

export interface PlatformRequest {
  readonly path: string;
  /** Sent as JSON by POST; GET without this and `packed`. */
  readonly body?: unknown;
  /** Sent as MessagePack by POST, as it is. */
  readonly packed?: Uint8Array<ArrayBuffer>;
  /** Largest answer that is read. */
  readonly maxBytes: number;
  /** What the answer must be sealed with, where there is any. Without this no seal is looked for. */
  readonly sealKeys?: SealKeys;
  /** Gives the request up early. */
  readonly signal?: AbortSignal;
}

export interface PlatformResponse {
  readonly body: Buffer;
  /** Whether the platform has signed that this is its answer to this request. Without it nothing that it says is believed. */
  readonly isSealed: boolean;
}

/** Rejects with PlatformError: `signature` when there are keys and the seal is not good. */
export async function requestPlatform(
  endpoint: PlatformEndpoint,
  request: PlatformRequest,
): Promise<PlatformResponse> {
  const limit = new TimeLimit(endpoint.timeoutMs, request.signal);
  try {
    const sent = bodyOf(request);
    const url = endpoint.url.replace(/\/+$/, '') + request.path;
    const response = await fetch(url, init(endpoint, sent, limit.signal));
    if (response.status !== 200) throw await refusal(response, request, sent);
    const body = await readBounded(response, request.maxBytes);
    const isSealed = isUnderSeal(response, request, sent, body);
    if (!isSealed && hasKeys(request)) {
      throw new PlatformError('signature', 'the answer is not under the seal of the platform');
    }
    return { body, isSealed };
  } catch (cause) {
    if (cause instanceof PlatformError) throw cause;
    if (limit.passed)
      throw new PlatformError('timeout', `no answer within ${endpoint.timeoutMs} ms`, { cause });
    throw new PlatformError('unreachable', reasonOf(cause), { cause });
  } finally {
    limit.end();
  }
}

interface SentBody {
  readonly type: string;
  readonly content: string | Uint8Array<ArrayBuffer>;
}

function bodyOf({ body, packed }: PlatformRequest): SentBody | null {
  if (packed) return { type: 'application/msgpack', content: packed };
  return body === undefined ? null : { type: 'application/json', content: JSON.stringify(body) };
}

function init(endpoint: PlatformEndpoint, sent: SentBody | null, signal: AbortSignal): RequestInit {
  const headers: Record<string, string> = { authorization: `Bearer ${endpoint.token}` };
  // Following a redirect would carry the token to wherever it leads.
  const common = { headers, signal, redirect: 'error' } as const;
  if (sent === null) return { ...common, method: 'GET' };
  headers['content-type'] = sent.type;
  return { ...common, method: 'POST', body: sent.content };
}

function hasKeys({ sealKeys }: PlatformRequest): boolean {
  return sealKeys !== undefined && sealKeys.size > 0;
}

/** When it was sealed does not matter: what was kept stays kept. */
function isUnderSeal(
  response: Response,
  { path, sealKeys }: PlatformRequest,
  sent: SentBody | null,
  answer: Buffer,
): boolean {
  if (!sealKeys || sealKeys.size === 0) return false;
  const said = { path, request: sent?.content ?? '', status: response.status, answer };
  return sealedAtMs(response.headers.get(SEAL_HEADER), sealKeys, said) !== null;
}

/** Another status than 200, and whether it is the platform's. What it says besides is not used. */
async function refusal(
  response: Response,
  request: PlatformRequest,
  sent: SentBody | null,
): Promise<PlatformError> {
  const { status } = response;
  if (!hasKeys(request)) {
    await response.body?.cancel();
    return statusError(status, false);
  }
  const answer = await readBounded(response, request.maxBytes).catch((cause: unknown) => {
    if (cause instanceof PlatformError) return null;
    throw cause;
  });
  return statusError(status, answer !== null && isUnderSeal(response, request, sent, answer));
}

/** Counts what arrives, after any content coding: neither a wrong length nor a well-packed body gets past it. */
async function readBounded(response: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new PlatformError('too_large', `the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

function statusError(status: number, isSealed: boolean): PlatformError {
  const unauthorised = status === 401 || status === 403;
  return new PlatformError(
    unauthorised ? 'unauthorised' : 'status',
    `the platform answered with status ${status}`,
    { status, isSealed },
  );
}

/** The system's code where there is one: messages of fetch say only that it failed. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? `the platform cannot be reached: ${code}` : `no answer: ${message}`;
}
