/** Looking guests up: lists, search, confirmation by a second detail, and the number itself with a reason. */
import { Type } from 'typebox';
import type { DeskContext } from '../context.ts';
import { IdempotencyHeaders, PROBLEMS } from '../http/answers.ts';
import { actorOf, type Routes } from '../http/server.ts';
import { isDay } from '../matching/citizen-number.ts';
import { normalName, normalNumber } from '../matching/normal-form.ts';
import { PLAIN_TEXT_PATTERN, textFault } from '../matching/plain-text.ts';
import type { Page, Row } from '../register/guest-register.ts';
import { birthDateOf } from '../verification/needs.ts';
import { DAY_PATTERN } from '../verification/verification.ts';
import { VerificationId } from '../verification/verification-routes.ts';
import { invalid } from './check-in.ts';
import { audited, guestParams } from './guest-routes.ts';
import { GUEST_INDEX, nameAndBirth } from './rows.ts';
import { pageQuery, Reason } from './stay-routes.ts';
import type { Stays } from './stays.ts';
import { GUEST_STATES, GuestSchema, guestView } from './views.ts';

const strict = { additionalProperties: false } as const;
const GuestList = Type.Object(
  { guests: Type.Array(GuestSchema), after: Type.Union([Type.String(), Type.Null()]) },
  { ...strict, title: 'GuestList' },
);
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: PLAIN_TEXT_PATTERN });
const Day = Type.String({ pattern: DAY_PATTERN });

const SearchSchema = Type.Object(
  {
    document_number: Type.Optional(text(64)),
    full_name: Type.Optional(text(128)),
    birth_date: Type.Optional(Day),
    verification_id: Type.Optional(VerificationId),
    name_part: Type.Optional(text(64)),
  },
  {
    ...strict,
    description:
      'One of: document_number; full_name with birth_date; verification_id; name_part, among those present.',
  },
);

const ClaimsSchema = Type.Object(
  {
    full_name: Type.String(),
    document_kind: Type.String(),
    document_number: Type.Union([Type.String(), Type.Null()]),
    birth_date: Type.Optional(Type.String()),
    sex: Type.Optional(Type.String()),
    nationality: Type.Optional(Type.String()),
    ethnicity: Type.Optional(Type.String()),
    address: Type.Optional(Type.String()),
    guardian: Type.Union([
      Type.Object({ contact: Type.String(), relationship: Type.String() }, strict),
      Type.Null(),
    ]),
  },
  { ...strict, title: 'Claims' },
);

/** Of those present, how many are looked through for a part of a name. */
const LOOKED_THROUGH_MAX = 5_000;
const AT_ONCE = 500;
const CONFIRMING_SIGNS = 4;

export function lookRoutes(stays: Stays): Routes {
  return (app, context) => {
    const { hotel, register, idempotency, verifications } = context;
    const read = { config: { scope: 'stays:read' as const } };
    const itemsMax = hotel.limits.page_items;
    const views = async (rows: readonly Row<'guest'>[]) => {
      const rooms = new Map<string, Promise<{ room: string }>>();
      const roomOf = async (stayId: string) => ({
        room: (await register.get('stay', stayId))?.value.room ?? '',
      });
      return Promise.all(
        rows.map(async ({ value }) => {
          const known = rooms.get(value.stayId) ?? roomOf(value.stayId);
          rooms.set(value.stayId, known);
          return guestView(value, await known);
        }),
      );
    };
    const listed = async (index: string, value: string, { after = null, limit = itemsMax }: Paging) => {
      const page: Page<'guest'> = await register.find('guest', { index, kind: 'plain', value, after, limit });
      return { guests: await views(page.rows), after: page.after };
    };

    app.get(
      '/v1/guests',
      {
        ...read,
        schema: {
          ...{ tags: ['guests'], operationId: 'listGuests' },
          summary: 'Guests who are here; or of a state; or who came or left on a day',
          querystring: Type.Object(
            {
              state: Type.Optional(Type.Enum([...GUEST_STATES])),
              day: Type.Optional(Day),
              ...pageQuery(itemsMax),
            },
            strict,
          ),
          response: { 200: GuestList, ...PROBLEMS },
        },
      },
      ({ query: { state, day, ...paging } }) => {
        if (state !== undefined && day !== undefined)
          throw invalid('/querystring/day', 'ask by state or by day');
        if (state !== undefined) return listed(GUEST_INDEX.state, state, paging);
        return day === undefined
          ? listed(GUEST_INDEX.present, 'yes', paging)
          : listed(GUEST_INDEX.day, day, paging);
      },
    );

    app.get(
      '/v1/referred',
      {
        ...read,
        schema: {
          ...{ tags: ['guests'], operationId: 'listReferred', summary: 'Guests for whom a clerk decides' },
          querystring: Type.Object(pageQuery(itemsMax), strict),
          response: { 200: GuestList, ...PROBLEMS },
        },
      },
      ({ query }) => listed(GUEST_INDEX.state, 'referred', query),
    );

    app.post(
      '/v1/guests/search',
      {
        ...read,
        schema: {
          ...{ tags: ['guests'], operationId: 'searchGuests', summary: 'Find guests by what they give' },
          ...{ headers: IdempotencyHeaders, body: SearchSchema, response: { 200: GuestList, ...PROBLEMS } },
        },
      },
      (request, reply) =>
        idempotency.remembered(request, reply, async () => {
          const actor = actorOf(request);
          const found = await search(context, request.body, (id) => verifications.credentialOf(id, actor));
          const { audit, now } = context;
          const subjects = found.map(({ id }) => id);
          await audit.append({
            atMs: now(),
            actor: actor.id,
            action: 'guests.search',
            subjects,
            reason: null,
          });
          return { status: 200, body: { guests: await views(found), after: null } };
        }),
    );

    app.post(
      '/v1/guests/:guest_id/confirm',
      {
        ...read,
        schema: {
          ...{ tags: ['guests'], operationId: 'confirmGuest' },
          summary: 'Whether it is the right row, by birth date or the last signs of the number',
          headers: IdempotencyHeaders,
          params: guestParams,
          body: Type.Object(
            {
              birth_date: Type.Optional(Day),
              last_digits: Type.Optional(Type.String({ pattern: '^[0-9A-Za-z]{4}$' })),
            },
            strict,
          ),
          response: { 200: Type.Object({ confirmed: Type.Boolean() }, strict), ...PROBLEMS },
        },
      },
      (request, reply) =>
        idempotency.remembered(request, reply, async () => {
          const { birth_date, last_digits } = request.body;
          if (birth_date === undefined && last_digits === undefined) {
            throw invalid('', 'give birth_date or last_digits');
          }
          const { value } = await stays.guest(request.params.guest_id);
          await audited(context, actorOf(request).id, 'guest.confirm', value.guestId, null);
          const { claims } = value;
          const number = normalNumber(claims.document_number ?? '');
          const isBirth = birth_date === undefined || birthDateOf(claims) === birth_date;
          const isNumber =
            last_digits === undefined ||
            (number.length > CONFIRMING_SIGNS && number.endsWith(last_digits.toUpperCase()));
          return { status: 200, body: { confirmed: isBirth && isNumber } };
        }),
    );

    app.post(
      '/v1/guests/:guest_id/reveal',
      {
        config: { scope: 'stays:reveal' },
        schema: {
          ...{ tags: ['guests'], operationId: 'revealGuest' },
          summary: 'The claims unmasked; the reason goes into the audit log first',
          headers: IdempotencyHeaders,
          params: guestParams,
          body: Type.Object({ reason: Reason }, strict),
          response: { 200: ClaimsSchema, ...PROBLEMS },
        },
      },
      (request, reply) =>
        idempotency.remembered(request, reply, async () => {
          const { reason } = request.body;
          const fault = textFault(reason);
          if (fault !== null) throw invalid('/reason', fault);
          const { value } = await stays.guest(request.params.guest_id);
          await audited(context, actorOf(request).id, 'guest.reveal', value.guestId, reason);
          return { status: 200, body: { ...value.claims, guardian: value.guardian } };
        }),
    );
  };
}

interface Paging {
  readonly after?: string | null | undefined;
  readonly limit?: number | undefined;
}

type Asked = {
  readonly [Field in 'document_number' | 'full_name' | 'birth_date' | 'verification_id' | 'name_part']?:
    | string
    | undefined;
};

async function search(
  { register, hotel }: Pick<DeskContext, 'register' | 'hotel'>,
  { document_number, full_name, birth_date, verification_id, name_part }: Asked,
  credentialOf: (verificationId: string) => string | null,
): Promise<readonly Row<'guest'>[]> {
  const limit = hotel.limits.page_items;
  const blind = async (index: string, value: string | null) =>
    value === null ? [] : (await register.find('guest', { index, kind: 'blind', value, limit })).rows;
  const ways = [document_number, full_name, verification_id, name_part].filter((way) => way !== undefined);
  if (ways.length !== 1)
    throw invalid('', 'search by one of document_number, full_name, verification_id, name_part');
  if ((full_name === undefined) !== (birth_date === undefined)) {
    throw invalid('/birth_date', 'full_name and birth_date are searched together');
  }
  if (birth_date !== undefined && !isDay(birth_date))
    throw invalid('/birth_date', 'it is no day of the calendar');
  if (document_number !== undefined) return blind(GUEST_INDEX.number, normalNumber(document_number) || null);
  if (full_name !== undefined)
    return blind(GUEST_INDEX.nameAndBirth, nameAndBirth(full_name, birth_date ?? null));
  if (verification_id !== undefined) return blind(GUEST_INDEX.credential, credentialOf(verification_id));
  return byPart(register, normalName(name_part ?? ''), limit);
}

/** There is no index of names alone: those who are present are opened in memory. */
async function byPart(
  register: DeskContext['register'],
  part: string,
  limit: number,
): Promise<readonly Row<'guest'>[]> {
  if (part === '') throw invalid('/name_part', 'it has no letter');
  const found: Row<'guest'>[] = [];
  let after: string | null = null;
  for (let looked = 0; looked < LOOKED_THROUGH_MAX && found.length < limit; looked += AT_ONCE) {
    const index = GUEST_INDEX.present;
    const page: Page<'guest'> = await register.find('guest', {
      index,
      kind: 'plain',
      value: 'yes',
      after,
      limit: AT_ONCE,
    });
    found.push(...page.rows.filter(({ value }) => normalName(value.claims.full_name).includes(part)));
    after = page.after;
    if (after === null) break;
  }
  return found.slice(0, limit);
}
