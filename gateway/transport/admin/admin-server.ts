/**
 * Serves operators, on a thread of its own: whatever comes here costs no tap. A connection has one request and ends with its
 * answer, or after a while; what else it sends is not read.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Code } from '../../../config/codes.ts';
import { http } from '../../../config/node-http.ts';
import { digestOf } from '../../../crypto/digest.ts';
import { MEDIA_TYPES } from '../media.ts';
import { PROBLEM_MEDIA_TYPE, problem, problemHeaders } from '../problem.ts';
import { type HeadSource, RequestHead } from '../request-head.ts';
import { NODE_TLS_SUITES } from '../tls-suites.ts';
import type { AdminData, AdminSecrets, Asked, Page } from './messages.ts';
import { NOT_SNIFFED, PageFiles, SECURE_HEADERS } from './page-files.ts';
import { SharedPage } from './shared-page.ts';

/** From connecting until everything is read and answered. */
const CONNECTION_MS = 10_000;
const HEAD_BYTES_MAX = 8_192;
/** How often those are looked for whose head does not come. */
const LOOK_MS = 1_000;

const TLS = { minVersion: 'TLSv1.2', ciphers: NODE_TLS_SUITES } as const;

const PATHS: ReadonlyMap<string, Asked> = new Map([
  ['/metrics', 'metrics'],
  ['/livez', 'live'],
  ['/readyz', 'ready'],
  ['/mode', 'mode'],
]);
/** Of a gateway that is one of many. */
const PATHS_OF_CLUSTER: ReadonlyMap<string, Asked> = new Map([['/v1/cluster', 'cluster']]);
const PATHS_OF_PAGE: ReadonlyMap<string, Asked> = new Map([...PATHS, ['/about', 'about']]);
/** By POST: each is a tap. */
const TRIED: ReadonlyMap<string, Asked> = new Map([
  ['/try/fresh', 'try_fresh'],
  ['/try/again', 'try_again'],
  ['/try/forged', 'try_forged'],
]);

export interface AdminServerOptions extends Omit<AdminData, 'host' | 'port'> {
  /** Rejects when the main thread does not answer in time. */
  readonly ask: (asked: Asked) => Promise<Page>;
  readonly refused: (code: Code) => void;
}

export class AdminServer {
  readonly #options: AdminServerOptions;
  readonly #server: Server | TlsServer;
  #tokenDigest: Uint8Array | null;
  readonly #paths: ReadonlyMap<string, Asked>;
  readonly #pages: ReadonlyMap<Asked, SharedPage>;
  /** What a browser loads; it says nothing of this gateway. */
  readonly #files: PageFiles | null;

  /** Throws when the TLS files cannot be used. */
  constructor(options: AdminServerOptions) {
    const { tls, metricsMs, readinessMs, connections, page, canTry, hasCluster } = options;
    this.#options = options;
    this.#tokenDigest = options.tokenDigest;
    this.#files = page ? new PageFiles() : null;
    this.#paths = new Map([
      ...(page ? PATHS_OF_PAGE : PATHS),
      ...(page && canTry ? TRIED : []),
      ...(hasCluster ? PATHS_OF_CLUSTER : []),
    ]);
    this.#pages = new Map(
      [...this.#paths.values()].map((asked) => [
        asked,
        new SharedPage({
          freshMs: asked === 'metrics' ? metricsMs : asked.startsWith('try') ? 0 : readinessMs,
          make: () => options.ask(asked).catch(() => unanswered(asked)),
        }),
      ]),
    );
    const limits = {
      maxHeaderSize: HEAD_BYTES_MAX,
      headersTimeout: CONNECTION_MS,
      requestTimeout: CONNECTION_MS,
      connectionsCheckingInterval: LOOK_MS,
    };
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#server = tls
      ? createTlsServer({ ...limits, ...tls, ...TLS }, serve)
      : http.createServer(limits, serve);
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      this.#unreadable(error.code ?? '', socket as Socket),
    );
    this.#server.maxConnections = connections;
    // The answer says `Connection: close`, and what follows is dropped.
    this.#server.maxRequestsPerSocket = 1;
    this.#server.on('dropRequest', (_, socket) => socket.destroy());
    this.#server.on('connection', (socket: Socket) => {
      const timer = setTimeout(() => socket.destroy(), CONNECTION_MS);
      socket.once('close', () => clearTimeout(timer));
    });
  }

  /** Resolves with the port. Rejects when the address cannot be listened on. */
  listen(host: string, port: number): Promise<number> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      // As the public address: two processes do not share one.
      server.listen({ host, port, exclusive: true }, () => {
        server.off('error', reject);
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  /** For connections that come from now on. */
  renew({ tls, tokenDigest }: AdminSecrets): void {
    this.#tokenDigest = tokenDigest;
    if (tls !== null && 'setSecureContext' in this.#server) this.#server.setSecureContext({ ...tls, ...TLS });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = this.#files?.at(pathOf(request)) ?? null;
    const code = this.#refusalOf(request, file !== null);
    const isProbe = code === 'auth.missing' && this.#isOpenProbe(request);
    if (code !== null && !isProbe) {
      this.#options.refused(code);
      const document = problem(code);
      const body = JSON.stringify(document);
      const headers = [...problemHeaders(document), ...(document.status === 405 ? [allowed(request)] : [])];
      headers.push(['Content-Length', String(Buffer.byteLength(body))]);
      // At once, whatever Node takes for a body that is still to come.
      response.writeHead(document.status, headers.flat()).end(body, () => request.socket.destroySoon());
      return;
    }
    if (file !== null) {
      const headers = { ...SECURE_HEADERS, 'Content-Type': file.type, 'Content-Length': file.bytes.length };
      response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : file.bytes);
      return;
    }
    const asked = this.#paths.get(pathOf(request));
    const page = await (asked && this.#pages.get(asked)?.get());
    if (page === undefined || response.destroyed) return;
    const body = Buffer.from(isProbe ? JSON.stringify({ ok: page.status === 200 }) : page.body);
    const headers = { 'Content-Type': page.contentType, 'Content-Length': body.length, ...NOT_SNIFFED };
    response.writeHead(page.status, headers).end(request.method === 'HEAD' ? undefined : body);
  }

  /** What Node itself cannot read. What comes behind an answer is not looked at. */
  #unreadable(errorCode: string, socket: Socket): void {
    if (!socket.writable || socket.bytesWritten > 0) {
      socket.destroy();
      return;
    }
    const code = LENGTH_ERRORS.has(errorCode) ? 'request.ambiguous_length' : 'request.malformed_header';
    this.#options.refused(code);
    socket.end(rawProblem(code));
  }

  /** `isOpen`: what is asked for is told to everybody. */
  #refusalOf(request: IncomingMessage, isOpen: boolean): Code | null {
    const { fault } = new RequestHead(headOf(request));
    if (fault !== null) return fault;
    const tokenDigest = this.#tokenDigest;
    if (tokenDigest !== null && !isOpen) {
      const { authorization = '' } = request.headers;
      const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
      if (token === undefined) return 'auth.missing';
      // Of digests, which are of one length and tell nothing of the token by the time that comparing takes.
      const shown = digestOf(this.#options.tokenDigestAlgorithm, Buffer.from(token));
      if (!timingSafeEqual(shown, tokenDigest)) return 'auth.invalid';
    }
    if (!isOpen && !this.#paths.has(pathOf(request))) return 'request.not_found';
    const isWell = TRIED.has(pathOf(request)) ? request.method === 'POST' : isRead(request);
    return isWell ? null : 'request.method_not_allowed';
  }

  #isOpenProbe(request: IncomingMessage): boolean {
    return this.#options.probesWithoutToken && isRead(request) && PROBED.has(PATHS.get(pathOf(request)));
  }
}

/** Yes or no, which the public address tells everybody. */
const PROBED: ReadonlySet<Asked | undefined> = new Set<Asked>(['live', 'ready']);

/** Of Node's parser. */
const LENGTH_ERRORS: ReadonlySet<string> = new Set([
  'HPE_INVALID_CONTENT_LENGTH',
  'HPE_UNEXPECTED_CONTENT_LENGTH',
  'HPE_INVALID_TRANSFER_ENCODING',
]);

function rawProblem(code: Code): string {
  const document = problem(code);
  const body = JSON.stringify(document);
  const fields = [...problemHeaders(document), ['Connection', 'close'], ['Content-Length', body.length]];
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${document.status} ${http.STATUS_CODES[document.status] ?? ''}\r\n${lines}\r\n${body}`;
}

/** As it came: Node's own map has doubled fields made one. */
function headOf({ method = '', rawHeaders }: IncomingMessage): HeadSource {
  return {
    getMethod: () => method.toLowerCase(),
    forEach(each) {
      for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
        each((rawHeaders[i] ?? '').toLowerCase(), rawHeaders[i + 1] ?? '');
      }
    },
  };
}

const allowed = (request: IncomingMessage): [string, string] => [
  'Allow',
  TRIED.has(pathOf(request)) ? 'POST' : 'GET, HEAD',
];

const isRead = ({ method }: IncomingMessage) => method === 'GET' || method === 'HEAD';

const pathOf = ({ url = '' }: IncomingMessage) => url.split('?', 1)[0] ?? '';

/** The main thread does not answer: it stands still, or is too busy for what is not urgent. */
function unanswered(asked: Asked): Page {
  if (asked === 'metrics') {
    const document = problem('gateway.internal');
    return { status: document.status, contentType: PROBLEM_MEDIA_TYPE, body: JSON.stringify(document) };
  }
  const body = JSON.stringify({ ok: false, checks: { main_thread: 'no_answer' } });
  return { status: 503, contentType: MEDIA_TYPES.json, body };
}
