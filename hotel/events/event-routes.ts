/** `/v1/events`, by cursor, and `/v1/webhooks`. Ids alone: who they are is behind other scopes. */
import { Type } from 'typebox';
import { AtMs, IdempotencyHeaders, PROBLEMS } from '../http/answers.ts';
import { ProblemResponse } from '../http/problem.ts';
import { actorOf, type Routes } from '../http/server.ts';
import { EVENT_KINDS } from './event.ts';
import { eventId } from './event-log.ts';
import type { Subscription } from './subscription.ts';
import { webhookUrl } from './webhook-address.ts';
import { newSecret, type Webhooks } from './webhooks.ts';

const strict = { additionalProperties: false } as const;
const IdOrNull = Type.Union([Type.String(), Type.Null()]);
const Cursor = Type.String({ pattern: '^[0-9]{1,16}$', description: 'The `after` of the answer before.' });
const Event = Type.Object(
  {
    event_id: Type.String({ description: 'In order; two deliveries of one event have one.' }),
    kind: Type.Enum([...EVENT_KINDS]),
    at_ms: AtMs('When it happened'),
    ...{ stay_id: IdOrNull, guest_id: IdOrNull, report_id: IdOrNull },
  },
  { ...strict, title: 'Event' },
);
const WebhookFields = {
  webhook_id: Type.String(),
  url: Type.String(),
  kinds: Type.Array(Type.Enum([...EVENT_KINDS]), { description: 'Empty: all.' }),
  created_at_ms: AtMs('Made'),
  created_by: Type.String(),
  failing_since_ms: Type.Union([AtMs('Since when deliveries fail'), Type.Null()]),
  delivered_event_id: Type.String({ description: 'All events up to this one were delivered.' }),
};
const Webhook = Type.Object(WebhookFields, { ...strict, title: 'Webhook' });
const secret = Type.String({
  description:
    'Key of `Onecard-Signature: t=<ms>,v1=<hex HMAC-SHA-256 of "<ms>.<body>">`, with `crypto.profile` `sm` ' +
    '`t=<ms>,sm3=<hex HMAC-SM3 of the same>`. Said this once.',
});
const params = Type.Object({ webhook_id: Type.String({ pattern: '^w[0-9a-f]{16}$' }) }, strict);
const nothing = Type.Object({}, strict);
const config = { scope: 'webhooks:write' } as const;
const described = <Rest extends object>(operationId: string, summary: string, rest: Rest) => ({
  ...{ tags: ['events'], operationId, summary },
  ...rest,
});

export function eventRoutes(webhooks: Webhooks): Routes {
  return (app, context) => {
    const { events, hotel, idempotency, audit, now } = context;
    const known = (id: string): Subscription => {
      const subscription = webhooks.get(id);
      if (subscription === null) throw new ProblemResponse('desk.not_found');
      return subscription;
    };
    const noted = (actor: string, action: string, id: string) =>
      audit.append({ atMs: now(), actor, action, subjects: [id], reason: null });

    app.get(
      '/v1/events',
      {
        config: { scope: 'events:read' },
        schema: described('listEvents', 'What happened, in order', {
          querystring: Type.Object(
            {
              after: Type.Optional(Cursor),
              limit: Type.Optional(
                Type.Integer({ minimum: 1, maximum: hotel.limits.page_items, default: 100 }),
              ),
            },
            strict,
          ),
          response: {
            200: Type.Object(
              { items: Type.Array(Event), after: Type.String({ description: 'To ask with next.' }) },
              { ...strict, title: 'Events' },
            ),
            ...PROBLEMS,
          },
        }),
      },
      async ({ query: { after = '0', limit = 100 } }) => {
        const found = await events.after(Number(after), limit);
        const items = found.map(({ seq, kind, atMs, stayId, guestId, reportId }) => ({
          ...{ event_id: eventId(seq), kind, at_ms: atMs },
          ...{ stay_id: stayId, guest_id: guestId, report_id: reportId },
        }));
        return { items, after: items.at(-1)?.event_id ?? after };
      },
    );
    app.get(
      '/v1/webhooks',
      {
        config,
        schema: described('listWebhooks', 'Webhooks', {
          response: {
            200: Type.Object({ items: Type.Array(Webhook) }, { ...strict, title: 'Webhooks' }),
            ...PROBLEMS,
          },
        }),
      },
      async () => ({ items: webhooks.all.map(view) }),
    );
    app.post(
      '/v1/webhooks',
      {
        config,
        schema: described('createWebhook', 'Tells an address of events from now on', {
          description:
            'Deliveries are signed, in order, and sent again until they are answered with a status of 2xx.',
          headers: IdempotencyHeaders,
          body: Type.Object(
            {
              url: Type.String({ minLength: 1, maxLength: 2_048 }),
              kinds: Type.Optional(
                Type.Array(Type.Enum([...EVENT_KINDS]), { maxItems: EVENT_KINDS.length, uniqueItems: true }),
              ),
            },
            strict,
          ),
          response: {
            201: Type.Object({ ...WebhookFields, secret }, { ...strict, title: 'NewWebhook' }),
            ...PROBLEMS,
          },
        }),
      },
      (request, reply) =>
        idempotency.kept(request, reply, async (answerPut) => {
          const { url, kinds = [] } = request.body;
          const { id } = actorOf(request);
          const address = webhookUrl(url, hotel.webhooks.private_networks);
          if (address === null) throw new ProblemResponse('desk.webhook_address');
          if (webhooks.isFull) throw new ProblemResponse('desk.webhooks_full');
          const made = webhooks.fresh(address.href, kinds, id);
          const done = { status: 201, body: { ...view(made), secret: made.secret } };
          await noted(id, 'webhook.create', made.subscriptionId);
          await webhooks.add(made, [answerPut(done)]);
          return done;
        }),
    );
    app.post(
      '/v1/webhooks/:webhook_id/remove',
      {
        config,
        schema: described('removeWebhook', 'Ends a webhook', {
          headers: IdempotencyHeaders,
          params,
          body: nothing,
          response: { 200: Webhook, ...PROBLEMS },
        }),
      },
      (request, reply) =>
        idempotency.kept(request, reply, async (answerPut) => {
          const { webhook_id } = request.params;
          const done = { status: 200, body: view(known(webhook_id)) };
          await noted(actorOf(request).id, 'webhook.remove', webhook_id);
          await webhooks.remove(webhook_id, [answerPut(done)]);
          return done;
        }),
    );
    app.post(
      '/v1/webhooks/:webhook_id/secret',
      {
        config,
        schema: described('renewWebhookSecret', 'Gives a webhook a new secret', {
          headers: IdempotencyHeaders,
          params,
          body: nothing,
          response: {
            200: Type.Object({ ...WebhookFields, secret }, { ...strict, title: 'RenewedWebhook' }),
            ...PROBLEMS,
          },
        }),
      },
      (request, reply) =>
        idempotency.kept(request, reply, async (answerPut) => {
          const { webhook_id } = request.params;
          const fresh = newSecret();
          const done = { status: 200, body: { ...view(known(webhook_id)), secret: fresh } };
          await noted(actorOf(request).id, 'webhook.secret', webhook_id);
          await webhooks.changeSecret(webhook_id, fresh, [answerPut(done)]);
          return done;
        }),
    );
    app.post(
      '/v1/webhooks/:webhook_id/test',
      {
        config,
        schema: described('testWebhook', 'Sends an event of the kind webhook.test, once', {
          headers: IdempotencyHeaders,
          params,
          body: nothing,
          response: {
            200: Type.Object(
              {
                taken: Type.Boolean(),
                status: Type.Union([Type.Integer(), Type.Null()]),
                fault: Type.Union([Type.String(), Type.Null()]),
              },
              { ...strict, title: 'WebhookTest' },
            ),
            ...PROBLEMS,
          },
        }),
      },
      (request, reply) =>
        idempotency.remembered(request, reply, async () => {
          const tried = await webhooks.test(request.params.webhook_id);
          if (tried === null) throw new ProblemResponse('desk.not_found');
          return { status: 200, body: { ...tried } };
        }),
    );
  };
}

function view(subscription: Subscription) {
  const { subscriptionId, url, kinds, createdAtMs, createdBy, failingSinceMs, deliveredSeq } = subscription;
  return {
    ...{ webhook_id: subscriptionId, url, kinds: [...kinds], created_at_ms: createdAtMs },
    ...{ created_by: createdBy, failing_since_ms: failingSinceMs },
    delivered_event_id: eventId(deliveredSeq),
  };
}
