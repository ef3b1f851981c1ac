/** `POST /oauth/token`: an access token for an API client's secret (OAuth 2.0, RFC 6749 clause 4.4, client credentials). */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { PROBLEMS } from '../http/answers.ts';
import type { Routes } from '../http/server.ts';
import { SCOPES, type Scope } from './actor.ts';
import type { ApiClient, ApiClients } from './api-clients.ts';

const FORM = 'application/x-www-form-urlencoded';
const FORM_BYTES_MAX = 8_192;
const text = (maxLength: number, description: string) =>
  Type.Optional(Type.String({ maxLength, description }));

/** Parameters that are not known are ignored (clause 3.2). */
const Asked = Type.Object(
  {
    grant_type: Type.String({ maxLength: 64, description: '`client_credentials`.' }),
    scope: text(1_024, 'Scopes, with a blank in between; default: all that the client has.'),
    client_id: text(64, 'Here, or by HTTP Basic.'),
    client_secret: text(128, 'As client_id.'),
  },
  { title: 'TokenRequest' },
);
const Given = Type.Object(
  {
    access_token: Type.String(),
    token_type: Type.Literal('Bearer'),
    expires_in: Type.Integer({ description: 'Seconds.' }),
    scope: Type.String(),
  },
  { additionalProperties: false, title: 'Token' },
);
const ERRORS = ['invalid_request', 'invalid_client', 'unsupported_grant_type', 'invalid_scope'] as const;
type OAuthErrorCode = (typeof ERRORS)[number];
const OAuthError = Type.Object(
  { error: Type.Enum([...ERRORS]), error_description: Type.String() },
  { additionalProperties: false, title: 'OAuthError' },
);

const DESCRIPTIONS: Readonly<Record<OAuthErrorCode, string>> = {
  invalid_request: 'A parameter is missing or of another form, or the client is named twice.',
  invalid_client: 'There is no such client, or its secret is another.',
  unsupported_grant_type: 'The grant type is client_credentials.',
  invalid_scope: 'The client does not have such a scope.',
};

export function tokenRoutes(clients: ApiClients): Routes {
  return async (app) => {
    await app.register(async (plain) => {
      const scoped = plain.withTypeProvider<TypeBoxTypeProvider>();
      plain.removeAllContentTypeParsers();
      plain.addContentTypeParser(
        FORM,
        { parseAs: 'string', bodyLimit: FORM_BYTES_MAX },
        (_: FastifyRequest, body: string, done: (cause: Error | null, form?: unknown) => void) =>
          done(null, formOf(body)),
      );
      scoped.post(
        '/oauth/token',
        {
          config: { scope: null },
          attachValidation: true,
          schema: {
            ...{ tags: ['clients'], operationId: 'createToken' },
            summary: 'An access token for an API client (RFC 6749 clause 4.4)',
            consumes: [FORM],
            body: Asked,
            response: {
              200: Given,
              400: OAuthError,
              401: OAuthError,
              ...PROBLEMS,
            },
          },
        },
        async (request, reply) => {
          const { body, headers } = request;
          const isForm = request.validationError === undefined && body !== null;
          const found = isForm ? tokenFor(clients, headers.authorization, body) : 'invalid_request';
          // Clause 5.1.
          if (typeof found !== 'string') return reply.header('Pragma', 'no-cache').status(200).send(found);
          const refused = { error: found, error_description: DESCRIPTIONS[found] };
          if (found !== 'invalid_client') return reply.status(400).send(refused);
          return reply.header('WWW-Authenticate', 'Basic realm="onecard desk"').status(401).send(refused);
        },
      );
    });
  };
}

function tokenFor(
  clients: ApiClients,
  authorization: string | undefined,
  asked: Static<typeof Asked>,
): Static<typeof Given> | OAuthErrorCode {
  const named = credentialsIn(authorization, asked);
  if (named === null) return 'invalid_request';
  const client = clients.open(named.id, named.secret);
  if (client === null) return 'invalid_client';
  if (asked.grant_type !== 'client_credentials') return 'unsupported_grant_type';
  const scopes = scopesOf(client, asked.scope);
  if (scopes === null) return 'invalid_scope';
  const { token, expiresInMs } = clients.grant(client, scopes);
  return {
    access_token: token,
    token_type: 'Bearer',
    expires_in: Math.floor(expiresInMs / 1_000),
    scope: scopes.join(' '),
  };
}

/** Null: nobody is named, or by both ways at once (clause 2.3). */
function credentialsIn(
  authorization: string | undefined,
  { client_id: id, client_secret: secret }: Static<typeof Asked>,
): { readonly id: string; readonly secret: string } | null {
  const inBody = id !== undefined && secret !== undefined;
  if (authorization === undefined) return inBody ? { id, secret } : null;
  const [, basic] = /^Basic ([A-Za-z0-9+/]{1,400}={0,2})$/i.exec(authorization) ?? [];
  if (basic === undefined || secret !== undefined) return null;
  const pair = Buffer.from(basic, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  // Ids and secrets have no character that form encoding changes (clause 2.3.1).
  return colon < 0 ? null : { id: pair.slice(0, colon), secret: pair.slice(colon + 1) };
}

/** Null: the client does not have one of them. */
function scopesOf({ scopes }: ApiClient, asked: string | undefined): readonly Scope[] | null {
  if (asked === undefined || asked === '') return scopes;
  const wanted = asked.split(' ');
  const known = SCOPES.filter((scope) => wanted.includes(scope) && scopes.includes(scope));
  return known.length === new Set(wanted).size ? known : null;
}

/** A parameter that is there twice is refused (clause 3.2): as null it is no form. */
function formOf(body: string): Readonly<Record<string, string>> | null {
  const parameters = [...new URLSearchParams(body)];
  const form = Object.fromEntries(parameters);
  return Object.keys(form).length === parameters.length ? form : null;
}
