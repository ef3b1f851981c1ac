/** Phone documents for whoever works at a desk: a code to show, what became of it, and the answer of the browser's own API. */
import { type TSchema, Type } from 'typebox';
import { IdempotencyHeaders, PROBLEMS } from '../http/answers.ts';
import { ProblemResponse } from '../http/problem.ts';
import { actorOf, type Routes } from '../http/server.ts';
import type { Actor } from '../people/actor.ts';
import { VerificationSchema, WordsSchema } from '../verification/verification.ts';
import { deskOf } from '../verification/verification-routes.ts';
import { isOf, type PhoneRequest } from './phone-request.ts';
import type { PhoneRequests } from './phone-requests.ts';
import { reachWords, wordsOf } from './words.ts';

/** Of the Digital Credentials API: OpenID4VP 1.0 Appendix A.1. */
const PROTOCOL = 'openid4vp-v1-signed';
const ANSWER_CHARACTERS_MAX = 262_144;

const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

const PhoneRequestSchema = Type.Object(
  {
    request_id: Type.String(),
    mode: Type.Union([Type.Literal('qr'), Type.Literal('dc_api')]),
    scene: Type.String(),
    state: Type.Enum(['made', 'fetched', 'answered', 'judged', 'failed', 'expired'], { type: 'string' }),
    code: nullable(Type.String({ description: 'Why nothing came of it; null: it did, or may yet.' })),
    words: WordsSchema,
    expires_at_ms: Type.Integer(),
    verification: nullable(VerificationSchema),
  },
  { additionalProperties: false, title: 'PhoneRequest' },
);

const MadeSchema = Type.Object(
  {
    request_id: Type.String(),
    scene: Type.String(),
    expires_in_ms: Type.Integer({ minimum: 0 }),
    uri: nullable(Type.String({ description: 'For the QR code; null for the Digital Credentials API.' })),
    expires_at_ms: Type.Integer(),
    words: WordsSchema,
    reach: nullable(WordsSchema),
    dc_api: Type.Optional(
      Type.Object(
        {
          protocol: Type.String(),
          data: Type.Object({ request: Type.String() }, { additionalProperties: false }),
        },
        {
          additionalProperties: false,
          description: 'One of `digital.requests` of navigator.credentials.get.',
        },
      ),
    ),
  },
  { additionalProperties: false },
);

const Id = Type.Object(
  { id: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }) },
  { additionalProperties: false },
);

export function viewOf(request: PhoneRequest) {
  const { requestId, mode, scene, state, code, expiresAtMs, verification } = request;
  return {
    ...{ request_id: requestId, mode, scene, state, code, verification },
    ...{ words: wordsOf(state, code), expires_at_ms: expiresAtMs },
  };
}

export interface PhoneRoutesOptions {
  readonly requests: PhoneRequests;
  readonly scheme: string;
  readonly origin: () => string;
}

export const phoneRoutes =
  ({ requests, scheme, origin }: PhoneRoutesOptions): Routes =>
  (app, context) => {
    const { idempotency, now } = context;
    app.post(
      '/v1/phone-requests',
      {
        config: { scope: 'stays:write' },
        schema: {
          ...{ tags: ['phone'], operationId: 'createPhoneRequest' },
          summary: 'Ask for a document on a phone',
          headers: IdempotencyHeaders,
          body: Type.Object(
            {
              scene: Type.Optional(Type.String({ minLength: 1, maxLength: 63 })),
              desk: Type.Optional(Type.String({ minLength: 1, maxLength: 63 })),
              mode: Type.Union([Type.Literal('qr'), Type.Literal('dc_api')]),
            },
            { additionalProperties: false },
          ),
          response: { 200: MadeSchema, ...PROBLEMS },
        },
      },
      (request, reply) =>
        idempotency.remembered(request, reply, async () => {
          const actor = actorOf(request);
          const { mode, scene, desk } = request.body;
          const owner = {
            kind: actor.kind,
            id: actor.id,
            session: actor.session,
            desk: deskOf(context, actor, desk),
          };
          const { request: made, signed } = await requests.make(owner, {
            ...{ mode, scene },
            // A session's is the console's own, checked before: its address may be one of several.
            ...(actor.kind === 'operator' && { pageOrigin: request.headers.origin }),
          });
          const { requestId, expiresAtMs, state } = made;
          return {
            status: 200,
            body: {
              ...{ request_id: requestId, scene: made.scene, words: wordsOf(state, null) },
              ...{ expires_at_ms: expiresAtMs, expires_in_ms: Math.max(0, Math.floor(expiresAtMs - now())) },
              ...(signed === null
                ? { uri: uriOf(made), reach: reachWords(origin()) }
                : { uri: null, reach: null, dc_api: { protocol: PROTOCOL, data: { request: signed } } }),
            },
          };
        }),
    );
    app.get(
      '/v1/phone-requests/:id',
      {
        config: { scope: 'stays:write' },
        schema: {
          ...{ tags: ['phone'], operationId: 'getPhoneRequest' },
          summary: 'What became of a request',
          params: Id,
          response: { 200: PhoneRequestSchema, ...PROBLEMS },
        },
      },
      async (request) => viewOf(ownAt(request.params.id, actorOf(request))),
    );
    app.post(
      '/v1/phone-requests/:id/response',
      {
        config: { scope: 'stays:write' },
        bodyLimit: ANSWER_CHARACTERS_MAX + 1_024,
        schema: {
          ...{ tags: ['phone'], operationId: 'answerPhoneRequest' },
          headers: IdempotencyHeaders,
          summary: "The answer of the browser's Digital Credentials API, once",
          params: Id,
          body: Type.Object(
            {
              protocol: Type.Literal(PROTOCOL),
              data: Type.Object(
                { response: Type.String({ minLength: 1, maxLength: ANSWER_CHARACTERS_MAX }) },
                { additionalProperties: false },
              ),
            },
            { additionalProperties: false },
          ),
          response: { 200: PhoneRequestSchema, ...PROBLEMS },
        },
      },
      (request, reply) =>
        idempotency.remembered(request, reply, async () => {
          const actor = actorOf(request);
          const { id } = request.params;
          await requests.answerOfBrowser(id, actor, request.body.data.response);
          return { status: 200, body: viewOf(ownAt(id, actor)) };
        }),
    );

    function ownAt(id: string, actor: Actor): PhoneRequest {
      const request = requests.table.at(id);
      if (request === null || !isOf(request, actor)) throw new ProblemResponse('desk.not_found');
      return request;
    }

    /** OpenID4VP 1.0 clause 5.7: by reference, and a wallet may send a nonce of its own when it fetches it. */
    function uriOf({ requestId }: PhoneRequest): string {
      const query = new URLSearchParams({
        client_id: requests.clientId,
        request_uri: `${origin()}/phone/requests/${requestId}`,
        request_uri_method: 'post',
      });
      return `${scheme}://?${query}`;
    }
  };
