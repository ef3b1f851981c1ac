/** Errors as problem documents (RFC 9457), by the one table of codes. */
import type { ServerResponse } from 'node:http';
import { type Code, codeEntry } from '../../config/codes.ts';

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: Code;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: Code, headers: Readonly<Record<string, string>> = {}) {
    super(code);
    this.code = code;
    this.headers = headers;
  }
}

export function sendProblem(response: ServerResponse, { code, headers }: Problem): void {
  const { http, meaning } = codeEntry(code);
  const body = JSON.stringify({ type: 'about:blank', title: meaning, status: http, code });
  response.writeHead(http, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}
