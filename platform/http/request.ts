/** Reads what a gateway sent: who it is, and a body of bounded size. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

/** Throws Problem unless the request carries the bearer token (RFC 6750, clause 2.1). */
export function requireBearer(request: IncomingMessage, token: string): void {
  const challenge = { 'www-authenticate': 'Bearer' };
  const given = request.headers.authorization;
  if (given === undefined) throw new Problem('auth.missing', challenge);
  // Digests are of one length and tell nothing by the time their comparison takes.
  const digest = (text: string) => createHash('sha256').update(text).digest();
  if (!timingSafeEqual(digest(given), digest(`Bearer ${token}`)))
    throw new Problem('auth.invalid', challenge);
}

/** The media type of the body without its parameters, in small letters. */
export function mediaType(request: IncomingMessage): string {
  return request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
}

/** Throws Problem when the body is larger than `maxBytes`. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  // A body that is not read to its end must not be taken for the next request.
  const tooLarge = new Problem('request.too_large', { connection: 'close' });
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Throws Problem when the body is not JSON or larger than `maxBytes`. */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  return jsonIn(request, await readBody(request, maxBytes));
}

/** What a body that was read says. Throws Problem when it is not JSON. */
export function jsonIn(request: IncomingMessage, body: Buffer): unknown {
  if (mediaType(request) !== 'application/json') throw new Problem('request.unsupported_media_type');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new Problem('request.malformed');
  }
}
