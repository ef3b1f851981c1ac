/** What a guest's wallet asks of the desk: the signed request, and the address for its answer. Open to everybody who knows the id. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { PROBLEMS } from '../http/answers.ts';
import { ProblemResponse } from '../http/problem.ts';
import type { Routes } from '../http/server.ts';
import type { PhoneRequests } from './phone-requests.ts';
import { REQUEST_TYPE } from './request-object.ts';

const FORM = 'application/x-www-form-urlencoded';
const REQUEST_MEDIA_TYPE = `application/${REQUEST_TYPE}`;
const NONCE_CHARACTERS_MAX = 512;
const METADATA_CHARACTERS_MAX = 65_536;
/** A DeviceResponse of 64 KiB, in base64url and encrypted, and as much again. */
const ANSWER_BYTES_MAX = 262_144;

const Id = Type.Object(
  { id: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }) },
  { additionalProperties: false },
);
const text = (maxLength: number, description: string) =>
  Type.Optional(Type.String({ maxLength, description }));
// Parameters that are not known are to be ignored (RFC 6749 clause 3.1).
const rest = { additionalProperties: Type.String() };

const signedRequest = {
  200: {
    description: 'The signed request (RFC 9101).',
    content: { [REQUEST_MEDIA_TYPE]: { schema: Type.String() } },
  },
  ...PROBLEMS,
};

export const walletRoutes =
  (requests: PhoneRequests): Routes =>
  async (app) => {
    await app.register(async (plain) => {
      const scoped = plain.withTypeProvider<TypeBoxTypeProvider>();
      takeForms(plain);
      scoped.get(
        '/phone/requests/:id',
        {
          config: { scope: null },
          // A HEAD would use the request up.
          exposeHeadRoute: false,
          schema: {
            ...{ tags: ['phone'], operationId: 'fetchPhoneRequest' },
            summary: 'The signed request, once',
            params: Id,
            response: signedRequest,
          },
        },
        async ({ params }, reply) =>
          reply.type(REQUEST_MEDIA_TYPE).send(await requests.fetch(params.id, null)),
      );
      scoped.post(
        '/phone/requests/:id',
        {
          config: { scope: null },
          bodyLimit: ANSWER_BYTES_MAX,
          schema: {
            ...{ tags: ['phone'], operationId: 'fetchPhoneRequestByPost' },
            summary: 'The signed request, once, with the nonce of the wallet in it',
            consumes: [FORM],
            params: Id,
            body: Type.Object(
              {
                wallet_nonce: text(NONCE_CHARACTERS_MAX, 'OpenID4VP 1.0 clause 5.10'),
                wallet_metadata: text(METADATA_CHARACTERS_MAX, 'Of no use to the desk'),
              },
              rest,
            ),
            response: signedRequest,
          },
        },
        async ({ params, body }, reply) =>
          reply.type(REQUEST_MEDIA_TYPE).send(await requests.fetch(params.id, body.wallet_nonce ?? null)),
      );
      scoped.post(
        '/phone/responses/:id',
        {
          config: { scope: null },
          bodyLimit: ANSWER_BYTES_MAX,
          schema: {
            ...{ tags: ['phone'], operationId: 'answerAsWallet' },
            summary: 'The answer of a wallet (direct_post.jwt), once',
            consumes: [FORM],
            params: Id,
            body: Type.Object(
              {
                response: text(ANSWER_BYTES_MAX, 'JWE in compact form'),
                error: text(128, 'In place of an answer'),
                state: text(NONCE_CHARACTERS_MAX, 'Of the request, with an error'),
              },
              rest,
            ),
            response: { 200: Type.Object({}, { additionalProperties: false }), ...PROBLEMS },
          },
        },
        async ({ params, body }) => {
          await requests.answer(params.id, body);
          return {};
        },
      );
    });
  };

/** Forms (WHATWG URL, 5.1), each parameter once, and nothing else. Here alone: other routes take JSON. */
function takeForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(FORM, { parseAs: 'string' }, (_, body, done) => {
    const parameters = [...new URLSearchParams(body.toString())];
    const form = Object.fromEntries(parameters);
    const isOnceEach = Object.keys(form).length === parameters.length;
    if (isOnceEach) done(null, form);
    else done(new ProblemResponse('request.malformed') as never);
  });
}
