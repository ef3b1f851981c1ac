/** `/v1/clients`: who integrates with the desk. */
import { Type } from 'typebox';
import { IdempotencyHeaders, PROBLEMS } from '../http/answers.ts';
import { ProblemResponse } from '../http/problem.ts';
import { actorOf, type Routes } from '../http/server.ts';
import { type Actor, SCOPES, type Scope } from './actor.ts';
import type { ApiClient } from './api-clients.ts';
import type { People } from './people.ts';

const closed = { additionalProperties: false };
const ScopeSchema = Type.Enum([...SCOPES]);
const view = {
  client_id: Type.String(),
  title: Type.String(),
  scopes: Type.Array(ScopeSchema),
  created_at_ms: Type.Integer({ description: 'Milliseconds since 1970 UTC.' }),
  created_by: Type.String(),
};
const Client = Type.Object(view, { ...closed, title: 'Client' });
const WithSecret = Type.Object(
  { ...view, client_secret: Type.String({ description: 'Said this once.' }) },
  { ...closed, title: 'ClientWithSecret' },
);
const schema = <Rest extends object>(summary: string, rest: Rest) => ({
  tags: ['clients'],
  summary,
  ...rest,
});
const config = { scope: 'accounts:write' } as const;
const params = Type.Object({ id: Type.String({ pattern: '^client-[0-9a-f]{16}$' }) }, closed);
const nothing = Type.Object({}, closed);

export function clientRoutes({ clients, audit }: Omit<People, 'routes'>): Routes {
  function known(actor: Actor, clientId: string): ApiClient {
    const client = clients.get(clientId);
    if (client === null) throw new ProblemResponse('desk.not_found');
    demand(actor, client.scopes);
    return client;
  }

  return (app, { hotel, idempotency }) => {
    app.get(
      '/v1/clients',
      {
        config,
        schema: schema('All API clients', {
          response: { 200: Type.Object({ clients: Type.Array(Client) }, closed), ...PROBLEMS },
        }),
      },
      () => ({ clients: clients.all().map(clientView) }),
    );
    app.post(
      '/v1/clients',
      {
        config,
        schema: schema('Make an API client; its secret is said this once', {
          operationId: 'createClient',
          headers: IdempotencyHeaders,
          body: Type.Object(
            {
              title: Type.String({
                minLength: 1,
                maxLength: 64,
                description: 'What it is, for whoever reads the list.',
              }),
              scopes: Type.Array(ScopeSchema, { minItems: 1, maxItems: SCOPES.length, uniqueItems: true }),
            },
            closed,
          ),
          response: { 201: WithSecret, ...PROBLEMS },
        }),
      },
      (request, reply) =>
        idempotency.remembered(request, reply, async () => {
          const actor = actorOf(request);
          const { title, scopes } = request.body;
          demand(actor, scopes);
          if (clients.size >= hotel.limits.clients) throw new ProblemResponse('desk.too_many_kept');
          const clientId = clients.drawId();
          await audit(actor.id, 'client.made', [clientId], scopes.join(' '));
          const { made, secret } = clients.make({ ...{ clientId, title, scopes }, createdBy: actor.id });
          return { status: 201, body: { ...clientView(made), client_secret: secret } };
        }),
    );
    app.post(
      '/v1/clients/:id/secret',
      {
        config,
        schema: schema('A new secret; the one before and its tokens end', {
          ...{ params, headers: IdempotencyHeaders, body: nothing },
          response: { 200: WithSecret, ...PROBLEMS },
        }),
      },
      (request, reply) =>
        idempotency.remembered(request, reply, async () => {
          const actor = actorOf(request);
          const client = known(actor, request.params.id);
          await audit(actor.id, 'client.new_secret', [client.clientId]);
          return { status: 200, body: { ...clientView(client), client_secret: clients.newSecret(client) } };
        }),
    );
    app.post(
      '/v1/clients/:id/revoke',
      {
        config,
        schema: schema('Remove an API client; its tokens end', {
          ...{ params, headers: IdempotencyHeaders, body: nothing },
          response: { 200: Client, ...PROBLEMS },
        }),
      },
      (request, reply) =>
        idempotency.remembered(request, reply, async () => {
          const actor = actorOf(request);
          const client = known(actor, request.params.id);
          await audit(actor.id, 'client.revoked', [client.clientId]);
          clients.revoke(client.clientId);
          return { status: 200, body: clientView(client) };
        }),
    );
  };
}

/** Nobody gives, or takes over, what they do not have themselves. */
function demand({ scopes }: Actor, wanted: readonly Scope[]): void {
  if (!wanted.every((scope) => scopes.has(scope))) throw new ProblemResponse('desk.forbidden');
}

function clientView({ clientId, title, scopes, createdAtMs, createdBy }: ApiClient) {
  return {
    ...{ client_id: clientId, title, scopes: [...scopes] },
    ...{ created_at_ms: createdAtMs, created_by: createdBy },
  };
}
