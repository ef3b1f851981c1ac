/** `/v1/guests/{guest_id}/...`: what happens to one guest of a stay. */
import { type TObject, type TProperties, Type } from 'typebox';
import { documentKind } from '../../config/hotel/read-rules.ts';
import type { DeskContext } from '../context.ts';
import { IdempotencyHeaders, PROBLEMS } from '../http/answers.ts';
import { actorOf, type Routes } from '../http/server.ts';
import { textFault } from '../matching/plain-text.ts';
import { checkedDeclared } from '../verification/declared.ts';
import { type Declared, DeclaredSchema } from '../verification/verification.ts';
import { invalid } from './check-in.ts';
import { completed, corrected, decided, type Fields } from './guest-changes.ts';
import type { Guest } from './stay.ts';
import { Empty, GuardianSchema, Reason } from './stay-routes.ts';
import { arrived, type Changed, leaving, type Stays, takenBack } from './stays.ts';
import { GuestSchema, RowId } from './views.ts';

const strict = { additionalProperties: false } as const;
const FieldsSchema = Type.Partial(DeclaredSchema, { ...strict, minProperties: 1 });
export const guestParams = Type.Object({ guest_id: RowId }, strict);

export function guestRoutes(stays: Stays): Routes {
  return (app, context) => {
    const { idempotency, rules } = context;
    const schemaOf = <Properties extends TProperties>(
      operationId: string,
      summary: string,
      body: TObject<Properties>,
    ) => ({
      ...{ tags: ['guests'], operationId, summary, headers: IdempotencyHeaders, params: guestParams, body },
      response: { 200: GuestSchema, ...PROBLEMS },
    });
    const write = { config: { scope: 'stays:write' as const } };

    app.post(
      '/v1/guests/:guest_id/complete',
      {
        ...write,
        schema: schemaOf(
          'completeGuest',
          'Give what was needed: guardian, comparison, missing fields',
          Type.Object(
            {
              guardian: Type.Optional(GuardianSchema),
              person_compared: Type.Optional(Type.Boolean()),
              fields: Type.Optional(FieldsSchema),
            },
            strict,
          ),
        ),
      },
      (request, reply) =>
        idempotency.kept(request, reply, (answerPut) => {
          const { guardian, person_compared, fields } = request.body;
          for (const [field, text] of Object.entries(guardian ?? {})) {
            const fault = textFault(text);
            if (fault !== null) throw invalid(`/guardian/${field}`, fault);
          }
          const { id: by } = actorOf(request);
          const change = stays.change(by);
          return stays.changeGuest(
            request.params.guest_id,
            (guest) => {
              const given = fields === undefined ? {} : checkedFields(rules, guest, fields);
              const after = completed(guest, { guardian, person_compared, fields: given }, change);
              const isDone = guest.needs.length > 0 && after.needs.length === 0;
              return { guest: after, happened: isDone ? ['guest.completed' as const] : [], report: null };
            },
            { answerPut, deed: { actor: by, action: 'guest.complete', reason: null } },
          );
        }),
    );

    app.post(
      '/v1/guests/:guest_id/correct',
      {
        ...write,
        schema: schemaOf(
          'correctGuest',
          'Correct what is written of a guest; what it was is kept',
          Type.Object({ fields: FieldsSchema, reason: Reason }, strict),
        ),
      },
      (request, reply) =>
        idempotency.kept(request, reply, (answerPut) => {
          const { fields, reason } = request.body;
          const { id: by } = actorOf(request);
          const { guest_id } = request.params;
          return stays.changeGuest(
            guest_id,
            (guest) => ({
              guest: corrected(guest, checkedFields(rules, guest, fields), reason, stays.change(by)),
              ...{
                happened: ['guest.corrected' as const],
                report: guest.state === 'referred' ? null : 'corrected',
              },
            }),
            { answerPut, deed: { actor: by, action: 'guest.correct', reason } },
          );
        }),
    );

    app.post(
      '/v1/guests/:guest_id/check-out',
      { ...write, schema: schemaOf('checkOutGuest', 'Check one guest out', Empty) },
      (request, reply) =>
        idempotency.kept(request, reply, (answerPut) => {
          const { nowMs } = stays.change('');
          const deed = { actor: actorOf(request).id, action: 'guest.check_out', reason: null };
          return stays.changeGuest(request.params.guest_id, (guest) => leaving(guest, nowMs), {
            ...{ answerPut, deed },
          });
        }),
    );

    app.post(
      '/v1/guests/:guest_id/revert',
      {
        ...write,
        schema: schemaOf(
          'revertGuest',
          'Take the check-in of one guest back',
          Type.Object({ reason: Reason }, strict),
        ),
      },
      (request, reply) =>
        idempotency.kept(request, reply, (answerPut) => {
          const { reason } = request.body;
          const deed = { actor: actorOf(request).id, action: 'guest.revert', reason };
          return stays.changeGuest(request.params.guest_id, (guest) => takenBack(guest, reason), {
            ...{ answerPut, deed },
          });
        }),
    );

    app.post(
      '/v1/guests/:guest_id/decide',
      {
        ...write,
        schema: schemaOf(
          'decideGuest',
          'Decide for a referred guest, after looking at person and document',
          Type.Object({ outcome: Type.Enum(['accept', 'refuse']), reason: Reason }, strict),
        ),
      },
      (request, reply) =>
        idempotency.kept(request, reply, (answerPut) => {
          const { outcome, reason } = request.body;
          const { id: by } = actorOf(request);
          const { guest_id } = request.params;
          return stays.changeGuest(
            guest_id,
            (guest): Omit<Changed, 'row'> => {
              const after = decided(guest, outcome === 'accept', reason, stays.change(by));
              return outcome === 'accept'
                ? arrived(after, null)
                : { guest: after, happened: ['guest.reverted'], report: null };
            },
            { answerPut, deed: { actor: by, action: `guest.${outcome}`, reason } },
          );
        }),
    );
  };
}

export function audited(
  { audit, now }: Pick<DeskContext, 'audit' | 'now'>,
  actor: string,
  action: string,
  subject: string,
  reason: string | null,
): Promise<void> {
  return audit.append({ atMs: now(), actor, action, subjects: [subject], reason });
}

/** Fields as they would be with what is there. Throws ProblemResponse. */
function checkedFields(
  rules: DeskContext['rules'],
  { claims }: Guest,
  fields: { readonly [Field in keyof Declared]?: Declared[Field] | undefined },
): Fields {
  const given = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Declared>;
  const document_kind = given.document_kind ?? claims.document_kind;
  const reading = checkedDeclared(
    rules,
    { ...given, full_name: given.full_name ?? claims.full_name, document_kind },
    '/fields',
  );
  if (given.document_number !== undefined && documentKind(rules, document_kind)?.number_kept === false) {
    throw invalid('/fields/document_number', 'the number of such a document is not kept');
  }
  return Object.fromEntries(Object.keys(given).map((field) => [field, reading[field as keyof Declared]]));
}
