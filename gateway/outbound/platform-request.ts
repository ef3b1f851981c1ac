/** One HTTP request to the platform: bounded in time and bytes, never redirected. */
import type { Signers } from '../../crypto/signature/signers.ts';
import { type ReadSeal, readSeal, SEAL_HEADER } from './answer-seal.ts';
import { boundedBody, dismiss, OversizedAnswerError, sendRequest, systemCodeOf } from './bounded-fetch.ts';
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
export type SealKeys = Signers;

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

/** Rejects with PlatformError: `signature` or `other_profile` when there are keys and the seal is not good. */
export async function requestPlatform(
  endpoint: PlatformEndpoint,
  request: PlatformRequest,
): Promise<PlatformResponse> {
  const limit = new TimeLimit(endpoint.timeoutMs, request.signal);
  try {
    const sent = bodyOf(request);
    const url = endpoint.url.replace(/\/+$/, '') + request.path;
    const response = await sendRequest(url, {
      headers: headersFor(endpoint, sent),
      signal: limit.signal,
      ...(sent && { body: sent.content }),
    });
    if (response.status !== 200) throw await refusal(response, request, sent);
    const body = await boundedBody(response, request.maxBytes);
    const seal = sealOf(response, request, sent, body);
    if ('refuse' in seal && hasKeys(request)) {
      throw new PlatformError(seal.refuse, 'the answer is not under a seal of the platform that is taken');
    }
    return { body, isSealed: 'sealedAtMs' in seal };
  } catch (cause) {
    if (cause instanceof PlatformError) throw cause;
    if (cause instanceof OversizedAnswerError) throw new PlatformError('too_large', cause.message);
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

function headersFor(endpoint: PlatformEndpoint, sent: SentBody | null): Record<string, string> {
  const authorization = `Bearer ${endpoint.token}`;
  return sent === null ? { authorization } : { authorization, 'content-type': sent.type };
}

function hasKeys({ sealKeys }: PlatformRequest): boolean {
  return sealKeys !== undefined && sealKeys.size > 0;
}

/** When it was sealed does not matter: what was kept stays kept. */
function sealOf(
  response: Response,
  { path, sealKeys }: PlatformRequest,
  sent: SentBody | null,
  answer: Buffer,
): ReadSeal {
  if (!sealKeys || sealKeys.size === 0) return { refuse: 'signature' };
  const said = { path, request: sent?.content ?? '', status: response.status, answer };
  return readSeal(response.headers.get(SEAL_HEADER), sealKeys, said);
}

/** Another status than 200, and whether it is the platform's. What it says besides is not used. */
async function refusal(
  response: Response,
  request: PlatformRequest,
  sent: SentBody | null,
): Promise<PlatformError> {
  const { status } = response;
  if (!hasKeys(request)) {
    await dismiss(response);
    return statusError(status, false);
  }
  const answer = await boundedBody(response, request.maxBytes).catch((cause: unknown) => {
    if (cause instanceof OversizedAnswerError) return null;
    throw cause;
  });
  return statusError(status, answer !== null && 'sealedAtMs' in sealOf(response, request, sent, answer));
}

function statusError(status: number, isSealed: boolean): PlatformError {
  const unauthorised = status === 401 || status === 403;
  return new PlatformError(
    unauthorised ? 'unauthorised' : 'status',
    `the platform answered with status ${status}`,
    { status, isSealed },
  );
}

function reasonOf(error: unknown): string {
  const code = systemCodeOf(error);
  return code === null ? `no answer: ${(error as Error).message}` : `the platform cannot be reached: ${code}`;
}
