/** JSON that somebody answers over HTTP, within a time and a size. */
import { UnusableError } from './unusable.ts';

export interface BoundedOptions {
  /** Bearer token; null: none is shown. */
  readonly token: string | null;
  readonly timeoutMs: number;
  readonly bytesMax: number;
}

export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Throws UnusableError where nobody answers, or what comes is no JSON. */
export async function boundedJson(
  url: string,
  { token, timeoutMs, bytesMax }: BoundedOptions,
): Promise<JsonAnswer> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
    });
    return { status: response.status, body: JSON.parse(await boundedText(response, bytesMax)) };
  } catch (cause) {
    const { message, cause: reason } = cause as Error & { cause?: { code?: string } };
    const { origin } = URL.canParse(url) ? new URL(url) : { origin: url };
    throw new UnusableError(`nobody answers at ${origin} as is needed: ${reason?.code ?? message}`, {
      cause,
    });
  }
}

async function boundedText(response: Response, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new RangeError(`the answer is larger than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}
