/**
 * Small requests to the platform over connections that stay open: bounded in time and bytes, never redirected, and
 * failing with one of a closed set of faults that names nothing of what was sent.
 */
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import * as https from 'node:https';
import { http } from '../../config/node-http.ts';
import { OnecardError } from '../../config/onecard-error.ts';
import { SEAL_HEADER } from './answer-seal.ts';

/**
 * Closed set, used as a label of metrics. `reset`: the connection broke under the request. `signature`: the answer is not
 * sealed by the platform, or not for this question. `other_profile`: it is, but under a key of the profile of algorithms that is not
 * taken. `clock`: it is, at a time that is not now.
 */
export type ExchangeFault =
  | 'reset'
  | 'unreachable'
  | 'timeout'
  | 'status'
  | 'unauthorised'
  | 'too_large'
  | 'malformed'
  | 'signature'
  | 'other_profile'
  | 'clock'
  | 'closed';

/** The message is the fault alone: a URL, an id or an answer never gets into it. */
export class ExchangeError extends OnecardError {
  override readonly name = 'ExchangeError';
  readonly code: ExchangeFault;

  constructor(code: ExchangeFault) {
    super(`the platform gave no usable answer: ${code}`);
    this.code = code;
  }
}

export interface ExchangeRequest {
  readonly path: string;
  /** JSON, sent by POST; GET without. */
  readonly body?: string;
  /** Time for everything, until the last byte of the answer. */
  readonly timeoutMs: number;
  /** Largest answer that is read. */
  readonly maxBytes: number;
}

/** An answer with status 200. */
export interface ExchangeAnswer {
  readonly body: Buffer;
  /** The header `onecard-seal`, not verified; null: there is none, or more than one. */
  readonly seal: string | null;
}

export interface KeepAliveClient {
  /** Rejects with ExchangeError. */
  exchange(exchange: ExchangeRequest): Promise<ExchangeAnswer>;
  /** Breaks off what is under way (`closed`) and ends every connection. */
  close(): void;
}

export interface ClientEndpoint {
  /** Base address; paths are put behind it. */
  readonly url: string;
  /** Bearer token the platform knows this gateway by. */
  readonly token: string;
}

/** Throws TypeError on an address that cannot be one. */
export function createKeepAliveClient(endpoint: ClientEndpoint, connectionsMax: number): KeepAliveClient {
  const base = new URL(endpoint.url.replace(/\/+$/, ''));
  const library = base.protocol === 'https:' ? https : http;
  const agent = new library.Agent({ keepAlive: true, maxSockets: connectionsMax, scheduling: 'lifo' });
  const prefix = base.pathname === '/' ? '' : base.pathname;
  // Brackets belong to the address bar, not to the name that is looked up (RFC 3986, 3.2.2).
  const hostname = base.hostname.replace(/^\[|\]$/g, '');
  const underWay = new Set<() => void>();
  let closed = false;
  const exchange = ({ path, body, timeoutMs, maxBytes }: ExchangeRequest) =>
    new Promise<ExchangeAnswer>((resolve, reject) => {
      if (closed) return reject(new ExchangeError('closed'));
      const request = library.request({
        agent,
        hostname,
        port: base.port,
        path: `${prefix}${path}`,
        method: body === undefined ? 'GET' : 'POST',
        headers: headersFor(endpoint.token, body),
      });
      const end: End = (outcome) => {
        clearTimeout(timer);
        underWay.delete(stop);
        if (typeof outcome !== 'string') return resolve(outcome);
        reject(new ExchangeError(outcome));
        request.destroy();
      };
      const stop = () => end('closed');
      // An answer that is here already is read first: a stall of our own is no fault of the platform.
      const timer = setTimeout(() => setImmediate(() => end('timeout')), Math.max(1, timeoutMs));
      underWay.add(stop);
      request.on('error', (error) => end(faultOf(error)));
      request.on('response', (response) => readBounded(response, maxBytes, end));
      request.end(body);
    });
  return {
    exchange,
    close() {
      closed = true;
      for (const stop of [...underWay]) stop();
      agent.destroy();
    },
  };
}

function headersFor(token: string, body: string | undefined): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { authorization: `Bearer ${token}`, accept: 'application/json' };
  if (body !== undefined) {
    headers['content-type'] = 'application/json';
    headers['content-length'] = Buffer.byteLength(body);
  }
  return headers;
}

type End = (outcome: ExchangeFault | ExchangeAnswer) => void;

function readBounded(response: IncomingMessage, maxBytes: number, end: End): void {
  const { statusCode = 0 } = response;
  response.on('error', () => end('reset'));
  if (statusCode !== 200) {
    end(statusCode === 401 || statusCode === 403 ? 'unauthorised' : 'status');
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) return end('too_large');
    chunks.push(chunk);
  });
  const { [SEAL_HEADER]: seal } = response.headers;
  response.on('end', () => {
    end({ body: Buffer.concat(chunks, bytes), seal: typeof seal === 'string' ? seal : null });
  });
}

const RESETS: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/** What the parser of HTTP refuses has a code of its own (`HPE_…`). */
function faultOf(error: Error): ExchangeFault {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (RESETS.has(code)) return 'reset';
  return code.startsWith('HPE_') ? 'malformed' : 'unreachable';
}
