/** What a handler answers, before it is sent or spoilt. */
import { randomBytes, randomInt } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { codeEntry } from '../../config/codes.ts';
import type { TargetContent } from '../tuf/targets.ts';
import type { Problem } from './problem.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: TargetContent;
}

const GARBAGE_BYTES_MAX = 4_096;

export function reply(bytes: Uint8Array, type: string, cache = 'no-store'): Reply {
  return { status: 200, headers: { 'content-type': type, 'cache-control': cache }, content: { bytes } };
}

export function jsonReply(value: unknown): Reply {
  return reply(Buffer.from(JSON.stringify(value)), 'application/json');
}

export function problemReply({ code, headers }: Problem): Reply {
  const { http, meaning } = codeEntry(code);
  const problem = { type: 'about:blank', title: meaning, status: http, code };
  const made = reply(Buffer.from(JSON.stringify(problem)), 'application/problem+json');
  return { ...made, status: http, headers: { ...made.headers, ...headers } };
}

/** Random bytes that claim to be an answer. */
export function garbageReply(): Reply {
  return reply(randomBytes(randomInt(1, GARBAGE_BYTES_MAX)), 'application/json');
}

/** Rejects when the answer could not be sent whole; then the connection is gone. */
export async function sendReply(
  response: ServerResponse,
  { status, headers, content }: Reply,
): Promise<void> {
  const length = 'bytes' in content ? content.bytes.byteLength : content.length;
  response.writeHead(status, { ...headers, 'content-length': String(length) });
  if ('bytes' in content) response.end(content.bytes);
  else await pipeline(createReadStream(content.file), response);
}
