/** The transport: one listener for WebSocket and HTTP, with or without TLS. */

import type * as uWS from 'uWebSockets.js';
import type { Code } from '../../config/codes.ts';
import type { Enrolled } from '../devices/standing.ts';
import { addressKey } from './address.ts';
import { EventLoopTurns } from './event-loop-turns.ts';
import { Exchange } from './exchange.ts';
import { HttpSockets } from './http-sockets.ts';
import { createOpenApi } from './openapi.ts';
import { RequestHead } from './request-head.ts';
import type { Route } from './route.ts';
import { createRoutes } from './routes.ts';
import { type ServerLibrary, serverLibrary } from './server-library.ts';
import type { GateConnection } from './taps/gate-connection.ts';
import { GATE_PATH, GATE_SUBPROTOCOL } from './taps/gate-protocol.ts';
import { GateSockets } from './taps/gate-socket.ts';
import { UnreadAnswers } from './taps/unread-answers.ts';
import { TlsApps } from './tls-apps.ts';
import type { TlsFiles } from './tls-files.ts';
import { type Renewal, type Transport, TransportError, type TransportOptions } from './transport.ts';

/** uSockets LIBUS_LISTEN_DEFAULT (SO_REUSEPORT: two processes may listen on one port) and LIBUS_LISTEN_EXCLUSIVE_PORT. */
const LISTEN_SHARED_PORT = 0;
const LISTEN_EXCLUSIVE_PORT = 1;
const CLOSE_LINGER_MS = 50;

const SHARED = '(listen.share_port: whoever listens there does not share it, or is of another user)';
const NOT_SHARED = '(gateways share a port only where each of them has listen.share_port)';

/**
 * Builds the transport; nothing is opened before `listen`. Throws TransportError when the server library or the TLS files
 * cannot be used.
 */
export function createTransport(options: TransportOptions): Transport {
  return new HttpTransport(options);
}

type Handler = (response: uWS.HttpResponse, request: uWS.HttpRequest) => void;
type Handle = (exchange: Exchange, parameter: string) => void | Promise<void>;

class HttpTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #library: ServerLibrary;
  /** Listens. */
  readonly #app: uWS.TemplatedApp;
  /** Null: plain HTTP, which the listening app serves itself. */
  readonly #tls: TlsApps | null;
  readonly #gates: GateSockets;
  #listening: uWS.us_listen_socket | null = null;
  readonly #turns = new EventLoopTurns();
  readonly #unread: UnreadAnswers;
  readonly #sockets: HttpSockets;
  #exchanges = 0;
  #draining = false;

  constructor(options: TransportOptions) {
    const { settings, families } = options;
    this.#options = options;
    this.#unread = new UnreadAnswers(settings.limits);
    const { limits } = settings;
    this.#gates = new GateSockets({
      ...options,
      gatewayId: settings.gateway_id,
      limits,
      unread: this.#unread,
    });
    this.#sockets = new HttpSockets({
      all: limits.http_connections,
      perAddress: limits.http_connections_per_address,
    });
    this.#library = serverLibrary();
    let openApi = '';
    const routes = createRoutes(options, () => openApi);
    openApi = JSON.stringify(createOpenApi(routes, families, settings.limits.batch_items));
    const { tls } = settings.listen;
    const serve = (app: uWS.TemplatedApp) => this.#register(app, routes);
    this.#tls = tls ? new TlsApps(this.#library, tls, serve) : null;
    this.#app = this.#tls?.front ?? this.#library.App();
    if (this.#tls === null) serve(this.#app);
  }

  get connections(): number {
    return this.#gates.size;
  }

  listen(): Promise<{ host: string; port: number }> {
    const { host, port, share_port: shared } = this.#options.settings.listen;
    return new Promise((resolve, reject) => {
      this.#app.listen(host, port, shared ? LISTEN_SHARED_PORT : LISTEN_EXCLUSIVE_PORT, (socket) => {
        if (socket === false) {
          const why = `the port is taken, or the address is not one of this machine ${shared ? SHARED : NOT_SHARED}`;
          return reject(new TransportError(`cannot listen on ${host}:${port}: ${why}`));
        }
        this.#listening = socket;
        resolve({ host, port: this.#library.us_socket_local_port(socket) });
      });
    });
  }

  get connected(): Iterable<Enrolled> {
    return this.#gates.connected;
  }

  drain(graceMs: number): Promise<void> {
    this.#draining = true;
    this.#listenNoMore();
    return this.#gates.drain(graceMs);
  }

  sendAway(): void {
    this.#gates.closeAll('gateway.draining');
  }

  disconnect(enrolled: Enrolled, code: Code): void {
    this.#gates.disconnect(enrolled, code);
  }

  renewTls(files: TlsFiles): Renewal | null {
    if (this.#tls === null) throw new TransportError('the address was opened without TLS');
    return this.#tls.renew(files);
  }

  async close(): Promise<void> {
    this.sendAway();
    this.#listenNoMore();
    // Time for close frames and last answers to be read: cutting a socket may discard what its peer has not read.
    await new Promise((resolve) => setTimeout(resolve, CLOSE_LINGER_MS));
    this.#app.close();
    this.#tls?.close();
  }

  #listenNoMore(): void {
    if (this.#listening !== null) this.#library.us_listen_socket_close(this.#listening);
    this.#listening = null;
  }

  /** A connection opened or closed: one for which there is no place is closed before it is read. */
  #counted(response: uWS.HttpResponse, change: number): void {
    if (change < 0) {
      this.#sockets.closed();
    } else if (!this.#sockets.opened(addressKey(response.getRemoteAddress()))) {
      this.#options.metrics.connectionRefused('connection.too_many');
      response.close();
    }
  }

  #register(app: uWS.TemplatedApp, routes: readonly Route[]): void {
    app.filter((response, change) => this.#counted(response, change));
    app.ws<GateConnection>(GATE_PATH, {
      ...this.#gates.behavior(),
      upgrade: (response, request, context) => this.#upgrade(response, request, context),
    });
    for (const route of routes) {
      const path = routedPath(route.path);
      const handler = this.#handler((exchange, parameter) => route.handle(exchange, parameter));
      if (route.method === 'post') app.post(path, handler);
      else app.get(path, handler).head(path, handler);
    }
    for (const path of new Set(routes.map((route) => route.path))) {
      app.any(
        routedPath(path),
        this.#handler((exchange) => exchange.refuseMethod(allowed(routes, path))),
      );
    }
    const { landing } = this.#options;
    if (landing) {
      app.get(
        '/',
        this.#handler((exchange) => exchange.respond(303, [['Location', landing()]], '')),
      );
    }
    app.any(
      '/*',
      this.#handler((exchange) => exchange.refuse('request.not_found')),
    );
  }

  /** Wraps a handler: counts, bounds, lets no unclear request through, and turns a fault of ours into a coded answer. */
  #handler(handle: Handle): Handler {
    return (response, request) => {
      const parameter = request.getParameter(0) ?? '';
      this.#exchange(response, new RequestHead(request), (exchange) => handle(exchange, parameter));
    };
  }

  #exchange(
    response: uWS.HttpResponse,
    head: RequestHead,
    handle: (exchange: Exchange) => void | Promise<void>,
  ): void {
    const { metrics, log, settings } = this.#options;
    this.#exchanges++;
    const failed = (cause: unknown) => {
      log.error({ err: cause }, 'a request failed');
      exchange.refuse('gateway.internal');
    };
    const address = addressKey(response.getRemoteAddress());
    this.#sockets.asked(address);
    const exchange = new Exchange(response, head, address, {
      turns: this.#turns,
      leaving: () => this.#draining,
      unread: this.#unread,
      ended: (stays) => {
        this.#exchanges--;
        this.#sockets.answered(address, stays);
      },
      refused: (code) => metrics.connectionRefused(code),
      now: this.#options.now,
      gatewayId: settings.gateway_id,
      failed,
    });
    if (head.fault !== null) {
      exchange.refuseUnclear(head.fault);
    } else if (this.#exchanges > settings.limits.connections) {
      exchange.refuse('connection.too_many', 1_000);
    } else {
      try {
        handle(exchange)?.catch(failed);
      } catch (cause) {
        failed(cause);
      }
    }
  }

  #upgrade(response: uWS.HttpResponse, request: uWS.HttpRequest, context: uWS.us_socket_context_t): void {
    const head = new RequestHead(request);
    const refuse = (handle: (exchange: Exchange) => void) => this.#exchange(response, head, handle);
    const unclear = head.fault ?? head.handshakeFault;
    if (unclear !== null) {
      refuse((exchange) => exchange.refuseUnclear(unclear));
      return;
    }
    const offered = head.webSocketProtocol.split(',');
    const speaksOurs = offered.some((name) => name.trim() === GATE_SUBPROTOCOL);
    const address = addressKey(response.getRemoteAddress());
    const refusal = speaksOurs ? this.#gates.admit(address) : 'connection.upgrade_required';
    if (refusal !== null) {
      refuse((exchange) => exchange.refuse(refusal, 1_000));
      return;
    }
    this.#sockets.upgraded(address);
    response.upgrade(
      this.#gates.connectionFrom(address),
      head.webSocketKey ?? '',
      GATE_SUBPROTOCOL,
      head.webSocketExtensions,
      context,
    );
  }
}

/** OpenAPI's way of writing a parameter is not that of the server library. */
function routedPath(path: string): string {
  return path.replace(/\{(\w+)\}/, ':$1');
}

/** Value of the Allow header (RFC 9110 clause 10.2.1). */
function allowed(routes: readonly Route[], path: string): string {
  const methods = routes.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
  return methods.includes('GET') ? [...methods, 'HEAD'].join(', ') : methods.join(', ');
}
