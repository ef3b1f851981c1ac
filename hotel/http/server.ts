/**
 * The desk's address: API, console, and their description. Every route says which scope it wants; what is registered is what
 * is published at /openapi.json.
 */
import fastifyCookie from '@fastify/cookie';
import fastifyRateLimit from '@fastify/rate-limit';
import fastifySwagger from '@fastify/swagger';
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Code } from '../../config/codes.ts';
import { isLoopbackHost } from '../../config/loopback.ts';
import { readTlsFiles } from '../../gateway/transport/tls-files.ts';
import type { DeskContext } from '../context.ts';
import { HotelError, type HotelErrorCode } from '../hotel-error.ts';
import { type Actor, SCOPE_MEANINGS, type Scope } from '../people/actor.ts';
import { type FieldFault, ProblemResponse, sendProblem } from './problem.ts';

export type DeskApp = ReturnType<typeof createApp>;
/** Adds routes of one part of the desk. */
export type Routes = (app: DeskApp, context: DeskContext) => void | Promise<void>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a route wants of whoever asks; null: it is for everybody. A route that says nothing is refused at the start. */
    scope?: Scope | null;
  }
  interface FastifyRequest {
    actor: Actor | null;
  }
}

const SLOW_BODY_MS = 10_000;
const RATE_WINDOW_MS = 5_000;

/** Of an answer that is no page: nothing keeps it, nothing guesses what it is. */
const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
};

function createApp({ hotel }: DeskContext) {
  const { limits, listen } = hotel;
  const app = Fastify({
    logger: false,
    bodyLimit: limits.body_bytes,
    requestTimeout: SLOW_BODY_MS,
    connectionTimeout: 0,
    keepAliveTimeout: 30_000,
    routerOptions: { maxParamLength: 128 },
    ...(listen.tls && { https: { ...readTlsFiles(listen.tls), minVersion: 'TLSv1.2' as const } }),
  });
  app.server.maxConnections = limits.connections;
  return (app as unknown as FastifyInstance)
    .setValidatorCompiler(TypeBoxValidatorCompiler)
    .withTypeProvider<TypeBoxTypeProvider>();
}

export async function createServer(
  context: DeskContext,
  version: string,
  routes: readonly Routes[],
): Promise<DeskApp> {
  const app = createApp(context);
  const { hotel, gatekeeper, log } = context;
  app.decorateRequest('actor', null);
  await app.register(fastifyCookie);
  await app.register(fastifyRateLimit, {
    max: hotel.limits.requests_per_s * (RATE_WINDOW_MS / 1_000),
    timeWindow: RATE_WINDOW_MS,
    errorResponseBuilder: () =>
      new ProblemResponse('desk.too_many', { retryAfterMs: RATE_WINDOW_MS }) as never,
  });
  await app.register(fastifySwagger, {
    transform: ({ schema, url, route }) => ({ schema: { security: wantedBy(route.config), ...schema }, url }),
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Onecard hotel desk',
        version,
        description: 'Check-in with verified identity. Codes are explained in docs/codes.md.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: '__Host-onecard' },
          client: {
            type: 'oauth2',
            flows: { clientCredentials: { tokenUrl: '/oauth/token', scopes: SCOPE_MEANINGS } },
          },
        },
      },
    },
  });
  app.addHook('onRoute', ({ config, url, method, schema }) => {
    if (config?.scope === undefined && method !== 'HEAD' && method !== 'OPTIONS') {
      throw new HotelError('unusable', `the route ${method} ${url} does not say who may use it`);
    }
    if (schema !== undefined && schema.hide !== true)
      schema.operationId ??= operationIdOf(String(method), url);
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    const wanted = request.routeOptions.config?.scope;
    if (wanted === undefined || wanted === null) return;
    const actor = await gatekeeper.identify(request);
    if (typeof actor === 'string') throw new ProblemResponse(actor);
    if (!actor.scopes.has(wanted)) throw new ProblemResponse('desk.forbidden');
    request.actor = actor;
  });
  app.setNotFoundHandler((_, reply) =>
    sendProblem(reply.headers(HEADERS), new ProblemResponse('desk.not_found')),
  );
  app.setErrorHandler((error: unknown, request, reply) => {
    const response = responseOf(error);
    if (response.code === 'gateway.internal') {
      log('error', { route: routeOf(request), error: (error as Error).name }, 'a request to the desk failed');
    }
    return sendProblem(reply, response);
  });
  const described = { config: { scope: null }, schema: { hide: true } };
  app.get('/livez', described, async () => ({ ok: true }));
  app.get('/openapi.json', described, async () => app.swagger());
  for (const add of routes) await add(app, context);
  await app.ready();
  return app;
}

/** What the description says of who may use a route. */
function wantedBy(config: { readonly scope?: Scope | null } | undefined) {
  const scope = config?.scope ?? null;
  return scope === null ? [] : [{ session: [] }, { client: [scope] }];
}

/** For makers of clients, where a route names none: `GET /v1/readers/:id` is `getReadersById`. */
function operationIdOf(method: string, url: string): string {
  const words = url
    .replace(/^\/v1/, '')
    .replaceAll('/:', '/by-')
    .split(/[^A-Za-z]+/)
    .filter((word) => word !== '');
  const capitals = words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`);
  return `${method.toLowerCase()}${capitals.join('')}`;
}

/** Who a request is of. Throws where the route lets everybody in. */
export function actorOf(request: FastifyRequest): Actor {
  if (request.actor === null) throw new ProblemResponse('desk.unauthenticated');
  return request.actor;
}

/** Address that browsers know the desk by. */
export function publicOrigin(hotel: DeskContext['hotel'], port: number): string {
  if (hotel.public_url !== undefined) return hotel.public_url;
  const { host, tls } = hotel.listen;
  const name = isLoopbackHost(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http${tls ? 's' : ''}://${name}:${port}`;
}

const routeOf = (request: FastifyRequest) => `${request.method} ${request.routeOptions.url ?? ''}`;

const OF_HOTEL_ERRORS: Readonly<Record<HotelErrorCode, Code>> = {
  unusable: 'gateway.internal',
  core_failed: 'gateway.internal',
  core_silent: 'desk.gateway_silent',
  conflict: 'desk.conflict',
  store_unavailable: 'desk.store_unavailable',
  unreadable: 'gateway.internal',
  handover_failed: 'desk.bureau_silent',
};

function responseOf(error: unknown): ProblemResponse {
  if (error instanceof ProblemResponse) return error;
  if (error instanceof HotelError) return new ProblemResponse(OF_HOTEL_ERRORS[error.code]);
  const { code, statusCode, validation, validationContext } = error as FastifyError;
  if (validation) {
    const part = validationContext === 'body' ? '' : `/${validationContext ?? ''}`;
    const errors: FieldFault[] = validation.map(({ instancePath, message = '' }) => ({
      pointer: `${part}${instancePath}`,
      detail: message,
    }));
    return new ProblemResponse('desk.invalid', { errors });
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new ProblemResponse('request.too_large');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new ProblemResponse('request.unsupported_media_type');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new ProblemResponse('request.malformed');
  return new ProblemResponse('gateway.internal');
}
