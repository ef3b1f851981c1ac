/** Problem documents, RFC 9457. Every error of the HTTP side is one; `code` is what a program should look at. */
import { type Code, codeEntry } from '../../config/codes.ts';
import type { Problem } from './problem-schema.ts';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** A problem that can be retried asks for at least this pause. */
const RETRY_AFTER_MS_MIN = 100;

export function problem(code: Code, retryAfterMs = 0): Problem {
  const entry = codeEntry(code);
  return {
    type: `urn:onecard:code:${code}`,
    title: entry.meaning,
    status: entry.http,
    code,
    retry: entry.retry,
    retry_after_ms: entry.retry ? Math.max(RETRY_AFTER_MS_MIN, Math.ceil(retryAfterMs)) : 0,
  };
}

/** Header fields that go with a problem. */
export function problemHeaders({ status, retry, retry_after_ms }: Problem): [string, string][] {
  const headers: [string, string][] = [['Content-Type', PROBLEM_MEDIA_TYPE]];
  // RFC 9110 clause 10.2.3: whole seconds.
  if (retry) headers.push(['Retry-After', String(Math.ceil(retry_after_ms / 1_000))]);
  // RFC 9110 clause 11.6.1: a 401 names the scheme.
  if (status === 401) headers.push(['WWW-Authenticate', 'Bearer']);
  // RFC 9110 clause 15.5.22 and RFC 6455 clause 4.4: a 426 names what to upgrade to.
  if (status === 426) headers.push(['Upgrade', 'websocket'], ['Sec-WebSocket-Version', '13']);
  return headers;
}
