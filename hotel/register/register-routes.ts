/** `/v1/register/…`: purge, erasure and export, for those who keep the register. Each leaves its proof in the audit log. */
import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { RECIPIENTS_MAX } from '../../crypto/sealing/sealed-file.ts';
import type { DeskContext } from '../context.ts';
import { IdempotencyHeaders, PROBLEMS } from '../http/answers.ts';
import { ProblemResponse } from '../http/problem.ts';
import { actorOf, type Routes } from '../http/server.ts';
import type { PurgeProof } from './guest-register.ts';
import { erasableRows, eraseWithProof, type GuestRows } from './keeping/erasure.ts';
import { exportRegister } from './keeping/export.ts';
import { ANY_RECIPIENT, exportForm } from './keeping/export-form.ts';
import { type PurgePlan, planPurge, purge } from './keeping/purge.ts';

const closed = { additionalProperties: false };
const config = { scope: 'register:write' } as const;
const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
const Reason = Type.String({
  minLength: 1,
  maxLength: 256,
  description: 'Why; the audit log keeps it. It names no person.',
});
const GuestId = Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,63}$' });
const Proof = Type.Object(
  {
    day: Day,
    rows: Type.Integer({ minimum: 0 }),
    key_sha256: Type.Optional(
      Type.Union([Type.String(), Type.Null()], {
        description:
          'SHA-256 of the wrapped key that was destroyed, in hex: as the audit log has it. Not there where `key_sm3` is.',
      }),
    ),
    key_sm3: Type.Optional(
      Type.String({ description: 'In its place SM3, where the key was wrapped with `crypto.profile` `sm`.' }),
    ),
  },
  { ...closed, title: 'PurgeProof' },
);
const GUESTS_MAX = 64;

/** `surelyPastMs`: by what is destroyed is judged (the guarded clock's). */
export function registerRoutes(surelyPastMs: () => number): Routes {
  return (app, context) => {
    app.post(
      '/v1/register/purge',
      {
        config,
        schema: {
          tags: ['register'],
          summary: 'Show what is past its day of purge; with the plan that was shown, destroy it',
          headers: IdempotencyHeaders,
          body: Type.Object(
            {
              plan: Type.Optional(
                Type.String({
                  pattern: '^[0-9a-f]{64}$',
                  description: 'Of the answer before: without it nothing is done.',
                }),
              ),
            },
            closed,
          ),
          response: {
            200: Type.Object(
              {
                done: Type.Boolean(),
                until: Day,
                plan: Type.String(),
                due: Type.Array(Type.Object({ day: Day, rows: Type.Integer({ minimum: 0 }) }, closed)),
                proofs: Type.Array(Proof),
              },
              { ...closed, title: 'Purge' },
            ),
            ...PROBLEMS,
          },
        },
      },
      async (request, reply) => {
        const { register, idempotency, time, crypto } = context;
        const today = time.dayOf(surelyPastMs());
        const { plan: meant } = request.body;
        if (meant === undefined) {
          return idempotency.remembered(request, reply, async () => ({
            status: 200,
            body: { done: false, proofs: [], ...planView(await planPurge(register, today, crypto.profile)) },
          }));
        }
        return idempotency.kept(request, reply, async (answerPut) => {
          const planned = await planPurge(register, today, crypto.profile);
          if (planned.plan !== meant) throw new ProblemResponse('desk.plan_changed');
          const proofs = await purge(context, { today, actor: actorOf(request).id });
          const done = {
            status: 200,
            body: { done: true, proofs: proofs.map(proofView), ...planView(planned) },
          };
          await register.commit({ puts: [answerPut(done)] });
          return done;
        });
      },
    );

    app.post(
      '/v1/register/erase',
      {
        config,
        schema: {
          tags: ['register'],
          summary: 'Destroy all rows of guests, at their request, and the keys they were sealed under',
          headers: IdempotencyHeaders,
          body: Type.Object(
            {
              guest_ids: Type.Array(GuestId, { minItems: 1, maxItems: GUESTS_MAX, uniqueItems: true }),
              reason: Reason,
            },
            closed,
          ),
          response: {
            200: Type.Object(
              {
                erased: Type.Array(
                  Type.Object({ guest_id: GuestId, rows: Type.Integer({ minimum: 0 }) }, closed),
                ),
                proofs: Type.Array(Proof),
              },
              { ...closed, title: 'Erasure' },
            ),
            ...PROBLEMS,
          },
        },
      },
      (request, reply) =>
        context.idempotency.kept(request, reply, async (answerPut) => {
          const { register, audit, now } = context;
          const { guest_ids: guestIds, reason } = request.body;
          const guests = await rowsOfGuests(register, guestIds);
          const proofs = await eraseWithProof({ register, audit, now }, guests, {
            actor: actorOf(request).id,
            reason,
          });
          const erased = guests.map(({ guestId, rows }) => ({ guest_id: guestId, rows: rows.length }));
          const done = { status: 200, body: { erased, proofs: proofs.map(proofView) } };
          await register.commit({ puts: [answerPut(done)] });
          return done;
        }),
    );

    app.post(
      '/v1/register/export',
      {
        config,
        schema: {
          tags: ['register'],
          summary: 'Stays, guests and reports as JSON lines, encrypted to the recipients',
          description: 'Sent again it is made again: the answer is a stream, and is not kept.',
          headers: IdempotencyHeaders,
          body: Type.Object(
            {
              recipients: Type.Array(
                Type.String({
                  pattern: ANY_RECIPIENT,
                  description:
                    'Of age: `age1…`. With `crypto.profile` `sm` in its place a public key of SM2 in PEM, or a certificate of one.',
                }),
                { minItems: 1, maxItems: RECIPIENTS_MAX, uniqueItems: true },
              ),
              reason: Reason,
            },
            closed,
          ),
          response: {
            200: {
              description: 'An age file; with `crypto.profile` `sm` a file sealed with SM2 and SM4.',
              content: { 'application/octet-stream': { schema: Type.Unsafe<Readable>(Type.Any()) } },
            },
            ...PROBLEMS,
          },
        },
      },
      async (request, reply) => {
        const { register, audit, now, time, hotel, log } = context;
        const { recipients, reason } = request.body;
        const form = exportForm(context.crypto.profile);
        const errors = recipients.flatMap((recipient, i) =>
          form.fault(recipient) === null
            ? []
            : [{ pointer: `/recipients/${i}`, detail: `is no ${form.recipient}` }],
        );
        if (errors.length > 0) throw new ProblemResponse('desk.invalid', { errors });
        const actor = actorOf(request).id;
        const subjects = recipients.map(form.named);
        await audit.append({ atMs: now(), actor, action: 'register.export', subjects, reason });
        let rows = 0;
        const file = await exportRegister(register, {
          form,
          recipients,
          onRows: (count) => {
            rows = count;
          },
        });
        const name = `${hotel.hotel_id}-${time.dayOf(now())}.jsonl.${form.extension}`;
        file.once('end', () => {
          const entry = { actor, action: 'register.exported', subjects: [], reason: `rows:${rows}` };
          audit.append({ ...entry, atMs: now() }).catch((cause: Error) => {
            log('error', { error: cause.message }, 'the end of an export is not in the audit log');
          });
        });
        return reply
          .type('application/octet-stream')
          .header('Content-Disposition', `attachment; filename="${name}"`)
          .send(file);
      },
    );
  };
}

async function rowsOfGuests(
  register: DeskContext['register'],
  guestIds: readonly string[],
): Promise<readonly GuestRows[]> {
  const all: GuestRows[] = [];
  for (const guestId of guestIds) {
    const found = await erasableRows(register, guestId);
    if (found === 'not_found') throw new ProblemResponse('desk.not_found');
    if (found === 'not_over') throw new ProblemResponse('desk.not_over');
    all.push(found);
  }
  return all;
}

function planView({ until, due, plan }: PurgePlan) {
  return { until, plan, due: [...due] };
}

function proofView({ day, rows, keyDigest }: PurgeProof) {
  if (keyDigest?.algorithm === 'SM3') return { day, rows, key_sm3: keyDigest.hex };
  return { day, rows, key_sha256: keyDigest?.hex ?? null };
}
