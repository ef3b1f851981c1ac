/** `/v1/stays`: check-in of one guest or a party, lists, check-out, and taking back. */
import { Type } from 'typebox';
import { After, IdempotencyHeaders, PROBLEMS } from '../http/answers.ts';
import { ProblemResponse } from '../http/problem.ts';
import { actorOf, type Routes } from '../http/server.ts';
import { PLAIN_TEXT_PATTERN, textFault } from '../matching/plain-text.ts';
import { DAY_PATTERN, DeclaredSchema } from '../verification/verification.ts';
import { deskOf, VerificationId } from '../verification/verification-routes.ts';
import { checkedDays, checkIn, invalid } from './check-in.ts';
import { STAY_INDEX } from './rows.ts';
import type { Stay } from './stay.ts';
import type { Stays } from './stays.ts';
import { RowId, STAY_STATES, StaySchema, stayView } from './views.ts';

const strict = { additionalProperties: false } as const;
const text = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, pattern: PLAIN_TEXT_PATTERN, description });
export const Reason = text(256, 'Why, for the register and the audit log.');
export const GuardianSchema = Type.Object(
  {
    contact: text(64, 'Telephone of whoever answers for a minor.'),
    relationship: text(64, 'Of those who share the room, to the minor.'),
  },
  strict,
);

const AskedGuestSchema = Type.Object(
  {
    verification_id: Type.Optional(VerificationId),
    declared: Type.Optional(DeclaredSchema),
    person_compared: Type.Optional(
      Type.Boolean({
        description: 'Whoever asks says that person and document were compared; kept with the name.',
      }),
    ),
    guardian: Type.Optional(GuardianSchema),
  },
  strict,
);
const Day = Type.String({ pattern: DAY_PATTERN });

export const Empty = Type.Object({}, strict);
export const pageQuery = (itemsMax: number) => ({
  after: Type.Optional(After),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: itemsMax })),
});
const stayParams = Type.Object({ stay_id: RowId }, strict);

export function stayRoutes(stays: Stays, newId: () => string): Routes {
  return (app, context) => {
    const { hotel, register, idempotency, verifications, now } = context;
    const parts = { stays, verifications, newId };
    const PartySchema = Type.Array(AskedGuestSchema, { minItems: 1, maxItems: hotel.limits.party });
    const answers = { 200: StaySchema, ...PROBLEMS };
    const write = { config: { scope: 'stays:write' as const } };

    app.post(
      '/v1/stays',
      {
        ...write,
        schema: {
          ...{ tags: ['stays'], operationId: 'checkIn', summary: 'Check one guest or a party in' },
          headers: IdempotencyHeaders,
          body: Type.Object(
            {
              room: text(32, 'As the hotel names it.'),
              ...{ arrival: Day, departure: Day, guests: PartySchema },
              desk: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })),
            },
            strict,
          ),
          response: { 201: StaySchema, ...PROBLEMS },
        },
      },
      (request, reply) =>
        idempotency.kept(request, reply, (answerPut) => {
          const { room, arrival, departure, guests, desk } = request.body;
          const actor = actorOf(request);
          checkedDays(request.body);
          const fault = textFault(room);
          if (fault !== null) throw invalid('/room', fault);
          const stay: Omit<Stay, 'guestIds'> = {
            ...{ stayId: newId(), hotelId: hotel.hotel_id, room, arrival, departure, state: 'in_house' },
            ...{ createdAtMs: now(), createdBy: actor.id, desk: deskOf(context, actor, desk) },
            ...{ departedAtMs: null, revertedFor: null },
          };
          const stayOf = (guestIds: readonly string[]) => ({ row: null, stay: { ...stay, guestIds } });
          return checkIn(parts, { actor, guests, stayOf, answerPut });
        }),
    );

    app.post(
      '/v1/stays/:stay_id/guests',
      {
        ...write,
        schema: {
          ...{ tags: ['stays'], operationId: 'addGuests', summary: 'Add guests to a stay' },
          headers: IdempotencyHeaders,
          params: stayParams,
          body: Type.Object({ guests: PartySchema }, strict),
          response: answers,
        },
      },
      (request, reply) =>
        idempotency.kept(request, reply, async (answerPut) => {
          const row = await stays.stay(request.params.stay_id);
          if (row.value.state !== 'in_house') throw new ProblemResponse('desk.not_now');
          const { guests } = request.body;
          if (row.value.guestIds.length + guests.length > hotel.limits.party) {
            throw invalid('/guests', `a stay has at most ${hotel.limits.party} guests`);
          }
          const stayOf = (ids: readonly string[]) => ({
            row,
            stay: { ...row.value, guestIds: [...row.value.guestIds, ...ids] },
          });
          return checkIn(parts, { actor: actorOf(request), guests, stayOf, answerPut });
        }),
    );

    app.get(
      '/v1/stays',
      {
        config: { scope: 'stays:read' },
        schema: {
          ...{ tags: ['stays'], operationId: 'listStays', summary: 'Stays, oldest first' },
          querystring: Type.Object(
            { state: Type.Optional(Type.Enum([...STAY_STATES])), ...pageQuery(hotel.limits.page_items) },
            strict,
          ),
          response: {
            200: Type.Object(
              { stays: Type.Array(StaySchema), after: Type.Union([Type.String(), Type.Null()]) },
              { ...strict, title: 'StayList' },
            ),
            ...PROBLEMS,
          },
        },
      },
      async ({ query: { state, after = null, limit = hotel.limits.page_items } }) => {
        const page =
          state === undefined
            ? await register.scan('stay', after, limit)
            : await register.find('stay', {
                index: STAY_INDEX.state,
                kind: 'plain',
                value: state,
                after,
                limit,
              });
        const views = page.rows.map(async ({ value }) =>
          stayView(
            value,
            (await stays.guestsOf(value)).map((each) => each.value),
          ),
        );
        return { stays: await Promise.all(views), after: page.after };
      },
    );

    app.get(
      '/v1/stays/:stay_id',
      {
        config: { scope: 'stays:read' },
        schema: {
          ...{ tags: ['stays'], operationId: 'getStay', summary: 'One stay' },
          params: stayParams,
          response: answers,
        },
      },
      async ({ params }) => {
        const { value } = await stays.stay(params.stay_id);
        return stayView(
          value,
          (await stays.guestsOf(value)).map((each) => each.value),
        );
      },
    );

    app.post(
      '/v1/stays/:stay_id/check-out',
      {
        ...write,
        schema: {
          ...{ tags: ['stays'], operationId: 'checkOutStay', summary: 'Check all guests of a stay out' },
          ...{ headers: IdempotencyHeaders, params: stayParams, body: Empty, response: answers },
        },
      },
      (request, reply) =>
        idempotency.kept(request, reply, (answerPut) =>
          stays.endStay(
            request.params.stay_id,
            { kind: 'check_out' },
            { answerPut, actor: actorOf(request).id },
          ),
        ),
    );

    app.post(
      '/v1/stays/:stay_id/revert',
      {
        ...write,
        schema: {
          ...{ tags: ['stays'], operationId: 'revertStay', summary: 'Take a check-in back, with a reason' },
          headers: IdempotencyHeaders,
          params: stayParams,
          body: Type.Object({ reason: Reason }, strict),
          response: answers,
        },
      },
      (request, reply) =>
        idempotency.kept(request, reply, (answerPut) => {
          const { reason } = request.body;
          return stays.endStay(
            request.params.stay_id,
            { kind: 'revert', reason },
            { answerPut, actor: actorOf(request).id },
          );
        }),
    );
  };
}
