/** Downloads from the platform's TUF repository: bounded in bytes and time, never redirected, streamed. */
import {
  boundedPieces,
  dismiss,
  OversizedAnswerError,
  sendRequest,
  systemCodeOf,
} from '../../outbound/bounded-fetch.ts';
import { TrustUpdateError } from './trust-update-error.ts';

export interface RepositoryEndpoint {
  /** Below it: `metadata/FILE` and `targets/DIR/HASH.NAME`. */
  readonly baseUrl: string;
  /** Bearer token the platform knows this gateway by. */
  readonly token: string;
  /** Time to the first byte, and from each piece to the next. */
  readonly timeoutMs: number;
  /** Targets that came another way, by the same paths; null: it did not come. What they are is verified all the same. */
  readonly received?: (path: string) => Uint8Array | null;
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
  const received = endpoint.received?.(path) ?? null;
  if (received !== null) {
    if (received.length > maxBytes) {
      throw new TrustUpdateError('oversized', `more than ${maxBytes} bytes came`);
    }
    await take(received);
    return;
  }
  const overall = AbortSignal.timeout(endpoint.timeoutMs + Math.ceil(maxBytes / BYTES_PER_MS_MIN));
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(), endpoint.timeoutMs);
  const either = AbortSignal.any([overall, idle.signal, ...(signal ? [signal] : [])]);
  try {
    const response = await open(endpoint, path, either);
    if (response.status !== 200) {
      await dismiss(response);
      throw new StatusError(response.status);
    }
    for await (const piece of boundedPieces(response, maxBytes)) {
      timer.refresh();
      await take(piece);
    }
  } catch (cause) {
    if (cause instanceof OversizedAnswerError)
      throw new TrustUpdateError('oversized', cause.message, { cause });
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
  try {
    return await sendRequest(url, { headers, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    return await sendRequest(url, { headers, signal });
  }
}

function reasonOf(error: TypeError): string {
  return `the platform cannot be reached: ${systemCodeOf(error) ?? error.message}`;
}
