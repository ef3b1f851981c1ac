/**
 * How requests go out, but for those that ask for the status of the moment (keep-alive-client.ts): never redirected, since
 * the token would go to wherever that leads, and with answers that are read up to a bound.
 */
import { OnecardError } from '../../config/onecard-error.ts';

export interface OutboundRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Sent by POST; GET without. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
}

/** More came than may be read. */
export class OversizedAnswerError extends OnecardError {
  override readonly name = 'OversizedAnswerError';
  readonly code = 'oversized';

  constructor(maxBytes: number) {
    super(`the answer is larger than ${maxBytes} bytes`);
  }
}

/** Rejects as `fetch` does: TypeError with the system's code in its cause, or what the signal was aborted with. */
export function sendRequest(url: string, { headers, body, signal }: OutboundRequest): Promise<Response> {
  const common = { headers, signal, redirect: 'error' } as const;
  return fetch(url, body === undefined ? { ...common, method: 'GET' } : { ...common, method: 'POST', body });
}

/**
 * The answer's pieces as they come. Counted after any content coding: neither a wrong length nor a well-packed body gets past
 * the bound. Throws OversizedAnswerError.
 */
export async function* boundedPieces(response: Response, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > maxBytes) throw new OversizedAnswerError(maxBytes);
    yield piece;
  }
}

/** The whole answer. Rejects with OversizedAnswerError. */
export async function boundedBody(response: Response, maxBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of boundedPieces(response, maxBytes)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Lets go of an answer that is not to be read. */
export async function dismiss(response: Response): Promise<void> {
  await response.body?.cancel();
}

/** The system's code where there is one: messages of fetch say only that it failed. */
export function systemCodeOf(error: unknown): string | null {
  const { code } = ((error as Error).cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : null;
}
