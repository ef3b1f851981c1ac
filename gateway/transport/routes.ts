/** Everything the HTTP side serves, each with what it does and how it is described. */
import type { Code } from '../../config/codes.ts';
import type { ReadableFamily } from '../tap/1-decode/decode.ts';
import { MEDIA_TYPES } from './media.ts';
import { receiptRoutes } from './receipt-routes.ts';
import type { Content, Route, RouteResponse } from './route.ts';
import { sceneRoutes } from './scene-routes.ts';
import { ALWAYS, BODY_PROBLEMS, TOKEN_PROBLEMS } from './shared-problems.ts';
import { GATE_PATH } from './taps/gate-protocol.ts';
import { issueChallenge } from './taps/rest-challenges.ts';
import { RestRequests } from './taps/rest-requests.ts';
import { openSession } from './taps/rest-sessions.ts';
import { Verifications } from './taps/rest-verifications.ts';
import type { HealthReport, TransportOptions } from './transport.ts';

const TAP_PROBLEMS: readonly Code[] = [
  'request.unknown_family',
  'scan.foreign',
  'scan.unknown',
  'challenge.missing',
  'challenge.unknown',
  'challenge.expired',
  'tap.scene_not_allowed',
  'tap.sequence_conflict',
  'tap.too_many_in_flight',
  'tap.queue_full',
  'tap.deadline_unreachable',
  'tap.deadline_exceeded',
  'tap.worker_lost',
  'tap.worker_stuck',
  'tap.replay_memory_full',
  'tap.too_many_remembered',
  'tap.journal_unavailable',
  'gateway.draining',
  'gateway.not_ready',
];
/** `openApi` gives the text of the document, which is made from these very routes. */
export function createRoutes(options: TransportOptions, openApi: () => string): readonly Route[] {
  const { limits } = options.settings;
  const requests = new RestRequests({ ...options, limits });
  const verifications = new Verifications({ ...options, limits, requests });
  return [
    verifyOne(verifications, options.families),
    verifyBatch(verifications, options.families, limits.batch_items),
    sessions(options),
    challenges(options, requests),
    ...receiptRoutes(options, requests),
    ...sceneRoutes(options),
    gate(),
    openApiDocument(openApi),
    health('/livez', 'live', 'Whether the process is worth keeping.', () => options.health.live()),
    health('/readyz', 'ready', 'Whether taps would be judged now.', () => options.health.ready()),
  ];
}

const DECISION_EXAMPLE = {
  stream: '000102030405060708090a0b0c0d0e0f',
  seq: 0,
  id: 'gw-1:1',
  outcome: 'allow',
  code: 'allow.good',
  at_ms: 1_795_161_600_000,
  mode: 'lists',
  scene: '29/entry',
  facts: { account_type: 'student', issuer: '03664530', region: 'cq' },
};

function bothForms(name: string, examples: Readonly<Record<string, unknown>>): Record<string, Content> {
  return {
    [MEDIA_TYPES.json]: { schema: name, examples },
    [MEDIA_TYPES.msgpack]: { schema: name },
  };
}

function answer(
  status: number,
  description: string,
  content: Readonly<Record<string, Content>>,
): RouteResponse {
  return { status, description, content };
}

function examplesOf(families: readonly ReadableFamily[]): Record<string, object> {
  return Object.fromEntries(
    families.flatMap(({ name, presentable, example }) =>
      presentable && example !== null ? [[name, { family: name, ...example }]] : [],
    ),
  );
}

function verifyOne(verifications: Verifications, families: readonly ReadableFamily[]): Route {
  return {
    method: 'post',
    path: '/v1/verifications',
    operation: {
      operationId: 'verify',
      summary: 'Judge one presentation',
      description:
        'With `stream` and `seq` the request may be sent again: it gets the decision already made. Without them ' +
        'the gateway chooses both, and they are in the answer.',
      security: 'anyToken',
      request: {
        [MEDIA_TYPES.json]: { schema: 'VerificationRequest', examples: examplesOf(families) },
        [MEDIA_TYPES.msgpack]: { schema: 'VerificationRequestBinary' },
      },
      responses: [answer(200, 'Decided.', bothForms('Decision', { decision: DECISION_EXAMPLE }))],
      problems: [...TOKEN_PROBLEMS, ...BODY_PROBLEMS, ...TAP_PROBLEMS, ...ALWAYS],
    },
    handle: (exchange) => verifications.one(exchange),
  };
}

function verifyBatch(
  verifications: Verifications,
  families: readonly ReadableFamily[],
  itemsMax: number,
): Route {
  const examples = { batch: { items: Object.values(examplesOf(families)) } };
  return {
    method: 'post',
    path: '/v1/verifications:batch',
    operation: {
      operationId: 'verifyBatch',
      summary: 'Judge many presentations',
      description: `1 to ${itemsMax} items. Each has a result of its own, in their order: a decision or a problem.`,
      security: 'anyToken',
      request: {
        [MEDIA_TYPES.json]: { schema: 'BatchRequest', examples },
        [MEDIA_TYPES.msgpack]: { schema: 'BatchRequestBinary' },
      },
      responses: [
        answer(
          200,
          'Every item has its result.',
          bothForms('BatchResponse', { batch: { results: [DECISION_EXAMPLE] } }),
        ),
      ],
      problems: [...TOKEN_PROBLEMS, ...BODY_PROBLEMS, ...ALWAYS],
    },
    handle: (exchange) => verifications.batch(exchange),
  };
}

function sessions({ devices }: TransportOptions): Route {
  const example = {
    token: 'c2Vzc2lvbi10b2tlbg',
    expires_at_ms: 1_795_162_500_000,
    device: 'desk-7',
    class: 'desk',
    scenes: ['11/desk'],
  };
  return {
    method: 'post',
    path: '/v1/sessions',
    operation: {
      operationId: 'openSession',
      summary: 'Exchange a device token for a session token',
      description: 'A device token is good once. A session token is good for HTTP requests until it expires.',
      security: 'deviceToken',
      request: null,
      responses: [
        answer(201, 'Opened.', { [MEDIA_TYPES.json]: { schema: 'Session', examples: { session: example } } }),
      ],
      problems: [...TOKEN_PROBLEMS, ...ALWAYS],
    },
    handle: (exchange) => openSession(devices, exchange),
  };
}

function challenges(options: TransportOptions, requests: RestRequests): Route {
  const example = {
    challenge: 'q83vASNFZ4mrze8BI0VniQGhmpzMAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGx',
    expires_in_ms: 60_000,
  };
  return {
    method: 'post',
    path: '/v1/challenges',
    operation: {
      operationId: 'issueChallenge',
      summary: 'Get a challenge for a credential to sign',
      description:
        'Bound to the device and the scene, short-lived, good once. Of use for families that sign a challenge ' +
        '(docs/protocol.md).',
      security: 'anyToken',
      request: {
        [MEDIA_TYPES.json]: { schema: 'ChallengeRequest', examples: { desk: { scene: '11/desk' } } },
        [MEDIA_TYPES.msgpack]: { schema: 'ChallengeRequest' },
      },
      responses: [answer(200, 'Issued.', bothForms('Challenge', { challenge: example }))],
      problems: [
        ...TOKEN_PROBLEMS,
        ...BODY_PROBLEMS,
        'challenge.too_many',
        'tap.scene_not_allowed',
        ...ALWAYS,
      ],
    },
    handle: (exchange) => issueChallenge(requests, options.challenges, exchange),
  };
}

/** Reached only by requests that are no WebSocket handshake: those are caught before. */
function gate(): Route {
  return {
    method: 'get',
    path: GATE_PATH,
    operation: {
      operationId: 'connectGate',
      summary: 'Connect a gate (WebSocket)',
      description: 'Subprotocol `onecard.gate.v1`, described in docs/protocol.md.',
      security: null,
      request: null,
      responses: [answer(101, 'Switched to WebSocket.', {})],
      problems: [
        'connection.upgrade_required',
        'connection.websocket_version',
        'gateway.draining',
        ...ALWAYS,
      ],
    },
    handle: (exchange) => exchange.refuse('connection.upgrade_required'),
  };
}

function openApiDocument(openApi: () => string): Route {
  return {
    method: 'get',
    path: '/openapi.json',
    operation: {
      operationId: 'openApi',
      summary: 'This document',
      description: 'OpenAPI 3.1, made from the schemas that validate requests.',
      security: null,
      request: null,
      responses: [answer(200, 'The document.', { [MEDIA_TYPES.json]: { schema: { type: 'object' } } })],
      problems: ALWAYS,
    },
    handle: (exchange) => exchange.respond(200, [['Content-Type', MEDIA_TYPES.json]], openApi()),
  };
}

function health(path: string, operationId: string, summary: string, report: () => HealthReport): Route {
  const content = { [MEDIA_TYPES.json]: { schema: 'Health' } };
  return {
    method: 'get',
    path,
    operation: {
      operationId,
      summary,
      description:
        'For orchestrators and load balancers. Details are at the address for operators (`admin`).',
      security: null,
      request: null,
      responses: [answer(200, 'Yes.', content), answer(503, 'No.', content)],
      problems: ALWAYS,
    },
    handle: (exchange) => {
      const { ok } = report();
      exchange.json(ok ? 200 : 503, { ok });
    },
  };
}
