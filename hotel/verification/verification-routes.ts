/** `GET /v1/hotel`, `POST /v1/challenges`, `POST /v1/verifications`. */
import { Type } from 'typebox';
import type { DeskContext } from '../context.ts';
import { IdempotencyHeaders, PROBLEMS } from '../http/answers.ts';
import { ProblemResponse } from '../http/problem.ts';
import { actorOf, type Routes } from '../http/server.ts';
import type { Actor } from '../people/actor.ts';
import { checkedDeclared } from './declared.ts';
import { DeclaredSchema, VerificationSchema, WordsSchema } from './verification.ts';

const strict = { additionalProperties: false } as const;
const name = Type.String({ minLength: 1, maxLength: 63, pattern: '^[A-Za-z0-9][A-Za-z0-9./_-]*$' });
const scene = Type.Optional(name);
const desk = Type.Optional(name);
const Pin = Type.String({ pattern: '^[0-9]{4,12}$', description: 'Never kept.' });
export const VerificationId = Type.String({ pattern: '^[0-9a-f]{32}$' });

const HotelSchema = Type.Object(
  {
    hotel_id: Type.String(),
    title: Type.String(),
    desks: Type.Array(Type.String()),
    scenes: Type.Array(Type.String()),
    document_kinds: Type.Array(
      Type.Object(
        {
          kind: Type.String(),
          title: WordsSchema,
          fields: Type.Array(Type.String()),
          number_kept: Type.Boolean(),
          minors_only: Type.Boolean(),
          compare_person: Type.Boolean(),
        },
        strict,
      ),
    ),
    report: Type.Object({ adapter: Type.String(), due_ms: Type.Integer() }, strict),
  },
  { ...strict, title: 'Hotel' },
);

const VerificationWish = Type.Object(
  {
    scene,
    desk,
    family: Type.String({
      minLength: 1,
      maxLength: 32,
      pattern: '^[a-z][a-z0-9-]*$',
      description: 'Family of the credential; `scan` takes what a scanner read.',
    }),
    credential: Type.Unknown({
      description: 'As in the gateway’s own POST /v1/verifications, bytes in hex.',
    }),
    context: Type.Optional(Type.Unknown({ description: 'As there.' })),
    declared: Type.Optional(DeclaredSchema),
    pin: Type.Optional(Pin),
  },
  strict,
);

export const verificationRoutes: Routes = (app, context) => {
  const { hotel, rules, core, verifications, idempotency } = context;
  app.get(
    '/v1/hotel',
    {
      config: { scope: 'stays:read' },
      schema: {
        ...{
          tags: ['desk'],
          operationId: 'getHotel',
          summary: 'The hotel, its desks, scenes and kinds of documents',
        },
        response: { 200: HotelSchema, ...PROBLEMS },
      },
    },
    async () => ({
      hotel_id: hotel.hotel_id,
      title: hotel.title ?? hotel.hotel_id,
      desks: [...hotel.desks],
      scenes: [...hotel.scenes],
      document_kinds: rules.documents.map(
        ({ kind, title, fields, number_kept, minors_only, compare_person }) => ({
          ...{ kind, title, fields },
          number_kept: number_kept !== false,
          minors_only: minors_only === true,
          compare_person: compare_person === true,
        }),
      ),
      report: { adapter: hotel.report.adapter, due_ms: rules.reports[0]?.due_ms.register ?? 0 },
    }),
  );

  app.post(
    '/v1/challenges',
    {
      config: { scope: 'stays:write' },
      schema: {
        ...{ tags: ['verifications'], operationId: 'createChallenge' },
        summary: 'A challenge for a card or wallet, good once, at this desk',
        headers: IdempotencyHeaders,
        body: Type.Object({ scene, desk, bytes: Type.Optional(Type.Literal(4)) }, strict),
        response: {
          200: Type.Object(
            { challenge: Type.String(), expires_in_ms: Type.Integer({ minimum: 0 }) },
            { ...strict, title: 'Challenge' },
          ),
          ...PROBLEMS,
        },
      },
    },
    (request, reply) =>
      idempotency.remembered(request, reply, async () => {
        const { bytes } = request.body;
        const issued = await core.challenge({
          desk: deskOf(context, actorOf(request), request.body.desk),
          scene: sceneOf(context, request.body.scene),
          ...(bytes !== undefined && { bytes }),
        });
        if (issued.kind === 'refusal') throw new ProblemResponse(issued.code, issued);
        return { status: 200, body: { challenge: issued.challenge, expires_in_ms: issued.expiresInMs } };
      }),
  );

  app.post(
    '/v1/verifications',
    {
      config: { scope: 'stays:write' },
      schema: {
        ...{ tags: ['verifications'], operationId: 'verify' },
        summary: 'Judge what a guest shows, before any check-in',
        headers: IdempotencyHeaders,
        body: VerificationWish,
        response: { 200: VerificationSchema, ...PROBLEMS },
      },
    },
    (request, reply) =>
      idempotency.remembered(request, reply, async () => {
        const { family, credential, context: shownWith = {}, declared, pin = null } = request.body;
        const actor = actorOf(request);
        const { verification } = await verifications.judge({
          actor,
          desk: deskOf(context, actor, request.body.desk),
          scene: sceneOf(context, request.body.scene),
          presentation: { family, credential, context: shownWith },
          declared: declared === undefined ? null : checkedDeclared(rules, declared, '/declared'),
          pin,
        });
        return { status: 200, body: verification };
      }),
  );

  app.post(
    '/v1/verifications/:verification_id/add',
    {
      config: { scope: 'stays:write' },
      schema: {
        ...{ tags: ['verifications'], operationId: 'addToVerification' },
        summary: 'Judge it again with what the guest gave since: name and number, or a PIN',
        headers: IdempotencyHeaders,
        params: Type.Object({ verification_id: VerificationId }, strict),
        body: Type.Object({ declared: Type.Optional(DeclaredSchema), pin: Type.Optional(Pin) }, strict),
        response: { 200: VerificationSchema, ...PROBLEMS },
      },
    },
    (request, reply) =>
      idempotency.remembered(request, reply, async () => {
        const { declared, pin = null } = request.body;
        const body = await verifications.add(request.params.verification_id, actorOf(request), {
          declared: declared === undefined ? null : checkedDeclared(rules, declared, '/declared'),
          pin,
        });
        return { status: 200, body };
      }),
  );
};

/** The workplace a request is at: the session's, else the one it names, else the first. */
export function deskOf(
  { hotel }: Pick<DeskContext, 'hotel'>,
  { desk: own }: Pick<Actor, 'desk'>,
  named?: string,
): string {
  const chosen = own ?? named ?? hotel.desks[0];
  if (chosen !== undefined && hotel.desks.includes(chosen)) return chosen;
  throw new ProblemResponse('desk.invalid', {
    errors: [{ pointer: '/desk', detail: 'no workplace of the settings (hotel.desks)' }],
  });
}

export function sceneOf({ hotel }: Pick<DeskContext, 'hotel'>, named?: string): string {
  const chosen = named ?? hotel.scenes[0];
  if (chosen !== undefined && hotel.scenes.includes(chosen)) return chosen;
  throw new ProblemResponse('desk.invalid', {
    errors: [{ pointer: '/scene', detail: 'no scene of this desk (hotel.scenes)' }],
  });
}
