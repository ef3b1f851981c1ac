/** Downloads from the platform's TUF repository: bounded in bytes and time, never redirected, streamed. */
import { TrustUpdateError } from './trust-update-error.ts';

export interface RepositoryEndpoint {
  /** Below it: `metadata/FILE` and `targets/DIR/HASH.NAME`. */
  readonly baseUrl: string;
  /** Bearer token the platform knows this gateway by. */
  readonly token: string;
  /** Time to the first byte, and from each piece to the next. */
  readonly timeoutMs: number;
}

export interface Download {
  /** Relative to the base address. */
  readonly path: string;
  /** Counted after any content coding; the body is cut off there. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** Slower than this on the whole, and a download is given up, however steadily it trickles. */
const BYTES_PER_MS_MIN = 32;

/** A status other than 200, which for the next root says that there is none. */
export class StatusError extends TrustUpdateError {
  readonly status: number;

  constructor(status: number) {
    super('unreachable', `the platform answered with status ${status}`);
    this.status = status;
  }
}

/**
 * Hands the body over piece by piece. Rejects with TrustUpdateError `unreachable` or `oversized`, StatusError among
 * them, or with what `take` throws. A connection that fails before an answer is tried once more.
 */
export async function download(
  endpoint: RepositoryEndpoint,
  { path, maxBytes, signal }: Download,
  take: (piece: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const overall = AbortSignal.timeout(endpoint.timeoutMs + Math.ceil(maxBytes / BYTES_PER_MS_MIN));
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(), endpoint.timeoutMs);
  const either = AbortSignal.any([overall, idle.signal, ...(signal ? [signal] : [])]);
  try {
    const response = await open(endpoint, path, either);
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new StatusError(response.status);
    }
    let bytes = 0;
    for await (const piece of response.body ?? []) {
      timer.refresh();
      bytes += piece.length;
      if (bytes > maxBytes)
        throw new TrustUpdateError('oversized', `an answer is larger than ${maxBytes} bytes`);
      await take(piece);
    }
  } catch (cause) {
    if (either.aborted)
      throw new TrustUpdateError('unreachable', 'the platform did not answer in time', { cause });
    // What fetch rejects with; anything else comes from `take`.
    if (cause instanceof TypeError) throw new TrustUpdateError('unreachable', reasonOf(cause), { cause });
    throw cause;
  } finally {
    clearTimeout(timer);
  }
}

/** The whole body in memory. Rejects as `download` does. */
export async function downloadBytes(endpoint: RepositoryEndpoint, what: Download): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  await download(endpoint, what, (piece) => {
    pieces.push(piece);
  });
  return Buffer.concat(pieces);
}

async function open(endpoint: RepositoryEndpoint, path: string, signal: AbortSignal): Promise<Response> {
  const url = `${endpoint.baseUrl.replace(/\/+$/, '')}/${path}`;
  const headers = { authorization: `Bearer ${endpoint.token}`, 'accept-encoding': 'identity' };
  // Following a redirect would carry the token to wherever it leads.
  const init = { headers, signal, redirect: 'error' } as const;
  try {
    return await fetch(url, init);
  } catch (error) {
    if (signal.aborted) throw error;
    return await fetch(url, init);
  }
}

/** The system's code where there is one: messages of fetch say only that it failed. */
function reasonOf({ message, cause }: TypeError): string {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return `the platform cannot be reached: ${typeof code === 'string' ? code : message}`;
}
