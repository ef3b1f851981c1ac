/** One HTTP request to the platform: bounded in time and bytes, never redirected. */
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

export interface PlatformRequest {
  readonly path: string;
  /** Sent as JSON by POST; GET without this and `packed`. */
  readonly body?: unknown;
  /** Sent as MessagePack by POST, as it is. */
  readonly packed?: Uint8Array<ArrayBuffer>;
  /** Largest answer that is read. */
  readonly maxBytes: number;
  /** Gives the request up early. */
  readonly signal?: AbortSignal;
}

export interface PlatformResponse {
  readonly body: Buffer;
}

/** Rejects with PlatformError. */
export async function requestPlatform(
  endpoint: PlatformEndpoint,
  request: PlatformRequest,
): Promise<PlatformResponse> {
  const limit = new TimeLimit(endpoint.timeoutMs, request.signal);
  try {
    const response = await fetch(
      endpoint.url.replace(/\/+$/, '') + request.path,
      init(endpoint, request, limit.signal),
    );
    if (response.status !== 200) {
      await response.body?.cancel();
      throw statusError(response.status);
    }
    return { body: await readBounded(response, request.maxBytes) };
  } catch (cause) {
    if (cause instanceof PlatformError) throw cause;
    if (limit.passed)
      throw new PlatformError('timeout', `no answer within ${endpoint.timeoutMs} ms`, { cause });
    throw new PlatformError('unreachable', reasonOf(cause), { cause });
  } finally {
    limit.end();
  }
}

function init(
  endpoint: PlatformEndpoint,
  { body, packed }: PlatformRequest,
  signal: AbortSignal,
): RequestInit {
  const headers: Record<string, string> = { authorization: `Bearer ${endpoint.token}` };
  // Following a redirect would carry the token to wherever it leads.
  const common = { headers, signal, redirect: 'error' } as const;
  if (packed) {
    headers['content-type'] = 'application/msgpack';
    return { ...common, method: 'POST', body: packed };
  }
  if (body === undefined) return { ...common, method: 'GET' };
  headers['content-type'] = 'application/json';
  return { ...common, method: 'POST', body: JSON.stringify(body) };
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

function statusError(status: number): PlatformError {
  const unauthorised = status === 401 || status === 403;
  return new PlatformError(
    unauthorised ? 'unauthorised' : 'status',
    `the platform answered with status ${status}`,
    {
      status,
    },
  );
}

/** The system's code where there is one: messages of fetch say only that it failed. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? `the platform cannot be reached: ${code}` : `no answer: ${message}`;
}
