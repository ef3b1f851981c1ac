/**
 * The reference central platform: signed trust and card list out, journals in. The embedded default, and the written
 * contract for a real one.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWK } from 'jose';
import type { City } from './city.ts';
import { type DocumentKind, Documents, type Publication } from './documents.ts';
import { Problem, sendProblem } from './http/problem.ts';
import { noneMatch, readJson, requireBearer } from './http/request.ts';
import { isJournalUpload, JournalFullError, JournalIntake, type JournalSummary } from './journal-intake.ts';
import { platformKey } from './sign.ts';

export interface PlatformOptions {
  readonly city: City;
  /** Every request must carry it as bearer token. At least 16 characters. */
  readonly token: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Where journals are kept; without it only their record ids are, in memory. */
  readonly dataDir?: string;
  /** Milliseconds since 1970; default: the machine's clock. */
  readonly now?: () => number;
  /** How long a card list is fresh, default 6 hours, and usable, default 72. */
  readonly fresh_ms?: number;
  readonly stale_ms?: number;
}

export interface Platform {
  /** Base address. Throws before `start`. */
  readonly url: string;
  /** Ed25519 key that trust and card list are signed with. */
  readonly publicKeyJwk: JWK;
  start(): Promise<void>;
  /** Answers what it has accepted, then closes. */
  stop(): Promise<void>;
  /** Makes new revisions of what changes. Throws RangeError when a card does not exist. */
  publish(publication: Publication): void;
  journalSummary(): JournalSummary;
  /** Whether a gateway's record has arrived. */
  hasRecord(gateway: string, id: string): boolean;
}

const HOUR_MS = 3_600_000;
export const TOKEN_CHARACTERS_MIN = 16;
const UPLOAD_BYTES_MAX = 8_388_608;
const REQUEST_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 3_000;

/** Throws RangeError on options that contradict or cannot be used. */
export function createPlatform(options: PlatformOptions): Platform {
  const { city, token, now = Date.now, fresh_ms = 6 * HOUR_MS, stale_ms = 72 * HOUR_MS } = options;
  if (token.length < TOKEN_CHARACTERS_MIN) {
    throw new RangeError(`the token needs ${TOKEN_CHARACTERS_MIN} characters`);
  }
  const key = platformKey(city.seed);
  const documents = new Documents({ city, key, now, fresh_ms, stale_ms });
  let running: { readonly server: Server; readonly intake: JournalIntake } | null = null;
  const started = () => {
    if (!running) throw new Error('the platform is not started');
    return running;
  };
  return {
    get url() {
      return address(started().server);
    },
    publicKeyJwk: key.publicKeyJwk,
    start: async () => {
      if (running) throw new Error('the platform is already started');
      const intake = await JournalIntake.open(options.dataDir ?? null);
      const server = serve({ token, documents, intake });
      await listen(server, options.port ?? 0, options.host ?? '127.0.0.1');
      running = { server, intake };
    },
    stop: async () => {
      const { server, intake } = started();
      running = null;
      await close(server);
      await intake.close();
    },
    publish: (publication) => documents.publish(publication),
    journalSummary: () => started().intake.summary(),
    hasRecord: (gateway, id) => started().intake.has(gateway, id),
  };
}

interface Service {
  readonly token: string;
  readonly documents: Documents;
  readonly intake: JournalIntake;
}

type Handler = (service: Service, request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Method and handler by path. */
const ROUTES: ReadonlyMap<string, readonly ['GET' | 'POST', Handler]> = new Map([
  ['/v1/trust', ['GET', sendDocument('trust')]],
  ['/v1/cards', ['GET', sendDocument('cards')]],
  ['/v1/journal', ['POST', takeJournal]],
  ['/v1/journal/summary', ['GET', sendSummary]],
]);

function serve(service: Service): Server {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      route(service, request, response).catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else sendProblem(response, error instanceof Problem ? error : new Problem('gateway.internal'));
      });
    },
  );
  return server;
}

async function route(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  requireBearer(request, service.token);
  const found = ROUTES.get(request.url ?? '');
  if (!found) throw new Problem('request.not_found');
  const [method, handler] = found;
  if (request.method !== method) throw new Problem('request.method_not_allowed', { allow: method });
  await handler(service, request, response);
}

function sendDocument(kind: DocumentKind): Handler {
  return async ({ documents }, request, response) => {
    const { revision, jws } = await documents.current(kind);
    const headers = { etag: `"${revision}"`, 'cache-control': 'no-cache' };
    if (noneMatch(request.headers['if-none-match'], headers.etag)) response.writeHead(304, headers).end();
    else {
      const length = Buffer.byteLength(jws);
      response.writeHead(200, { ...headers, 'content-type': 'application/jose', 'content-length': length });
      response.end(jws);
    }
  };
}

async function takeJournal(service: Service, request: IncomingMessage, response: ServerResponse) {
  const upload = await readJson(request, UPLOAD_BYTES_MAX);
  if (!isJournalUpload(upload)) throw new Problem('request.malformed');
  try {
    sendJson(response, await service.intake.accept(upload));
  } catch (error) {
    // The gateway keeps what is not confirmed and sends it again.
    throw error instanceof JournalFullError ? new Problem('platform.journal_full') : error;
  }
}

async function sendSummary({ intake }: Service, _request: IncomingMessage, response: ServerResponse) {
  sendJson(response, intake.summary());
}

function sendJson(response: ServerResponse, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeIdleConnections();
    // One that never finishes its request does not hold up the end.
    setTimeout(() => server.closeAllConnections(), STOP_TIMEOUT_MS).unref();
  });
}

function address(server: Server): string {
  const { address: host, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${host}]` : host}:${port}`;
}
