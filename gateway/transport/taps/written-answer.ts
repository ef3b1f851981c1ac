/**
 * Writes one HTTP answer as the client takes it. `end` of uWebSockets.js copies what the client does not take into a
 * buffer that has no bound; `tryEnd` does not, and says so.
 */
import type { HttpResponse } from 'uWebSockets.js';

export interface WrittenAnswer {
  /** Such as `200 OK`. */
  readonly status: string;
  readonly headers: readonly (readonly [string, string])[];
  /** Not empty. */
  readonly body: string | Uint8Array;
  /** The body is not sent (RFC 9110 clause 9.3.2), its length is. */
  readonly isHead: boolean;
  /** The connection ends with it. Only for small answers (refusals): what is left of these is not bounded. */
  readonly closes: boolean;
}

/**
 * Calls `taken` when the client has taken all of it, at once or later. Until then the response must not be used but to
 * close it. Returns the bytes of the body that are left.
 */
export function writeAnswer(response: HttpResponse, answer: WrittenAnswer, taken: () => void): number {
  const { status, headers, body, isHead, closes } = answer;
  if (closes) {
    writeLast(response, answer);
    taken();
    response.close();
    return 0;
  }
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  let isTaken = false;
  response.cork(() => {
    response.writeStatus(status);
    for (const [name, value] of headers) response.writeHeader(name, value);
    if (isHead) {
      isTaken = endHead(response, length);
    } else {
      const [, hasResponded] = response.tryEnd(body, length);
      isTaken = hasResponded;
    }
  });
  if (isTaken) {
    taken();
    return 0;
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.onWritable((offset) => {
    // It may be called while more is written, and for a client that takes nothing.
    const wrote = isHead ? endHead(response, length) : response.tryEnd(bytes.subarray(offset), length)[1];
    if (wrote) taken();
    return wrote;
  });
  return isHead ? 0 : length - response.getWriteOffset();
}

/**
 * Writes a whole answer, of which what the system does not take at once is lost when the connection is closed. `end` of the
 * library with `closeConnection` would wait until it is read, and take further requests meanwhile.
 */
function writeLast(response: HttpResponse, { status, headers, body, isHead }: WrittenAnswer): void {
  const text = Buffer.from(body).toString();
  // The library ends what it is given as the status with a line break, which is blank space behind a JSON document.
  const length = Buffer.byteLength(text) + CRLF.length;
  const all = [...headers, ['Connection', 'close'], ['Content-Length', String(length)]];
  const lines = [status, ...all.map(([name, value]) => `${name}: ${value}`)];
  response.cork(() => response.writeStatus(`${lines.join(CRLF)}${CRLF}${CRLF}${isHead ? '' : text}`));
}

const CRLF = '\r\n';

/**
 * Ends with the head alone, once what was sent before is taken. The newer library takes the first for the whole answer, and
 * forbids a second; the older waits for the body.
 */
function endHead(response: HttpResponse, length: number): boolean {
  const [isDrained, hasResponded] = response.tryEnd('', length);
  if (isDrained && !hasResponded) response.endWithoutBody();
  return isDrained || hasResponded;
}
