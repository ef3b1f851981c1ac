/** `/v1/reports`: what public security is told, and what became of it. */
import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { DeskContext } from '../context.ts';
import { After, IdempotencyHeaders, PROBLEMS } from '../http/answers.ts';
import { ProblemResponse } from '../http/problem.ts';
import { actorOf, type Routes } from '../http/server.ts';
import type { Actor } from '../people/actor.ts';
import type { Put, Row } from '../register/guest-register.ts';
import { REPORT_STATES } from './report.ts';
import type { ReportHappening } from './report-machine.ts';
import { newReport, REPORT_INDEX, reportPut, targetsFor, timeValue } from './report-rows.ts';
import { ReportSchema, type ReportView, reportView } from './report-views.ts';
import type { ReportWorker } from './report-worker.ts';

const strict = { additionalProperties: false } as const;
export const ReportId = Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,63}$' });
const params = Type.Object({ report_id: ReportId }, strict);
/** What bureaus give: short, without blanks, so that it can be read out and typed in. */
export const Receipt = Type.String({
  minLength: 3,
  maxLength: 64,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]*$',
  description: 'Their receipt, as it stands there.',
});
export const Reason = Type.String({ minLength: 1, maxLength: 256, pattern: '^[^\\u0000-\\u001f\\u007f]+$' });
const nothing = Type.Object({}, strict);
const reading = { scope: 'reports:read' } as const;
const writing = { scope: 'reports:write' } as const;
const LINES_MAX = 500;
const TRIES = 5;

export const described = <Rest extends object>(operationId: string, summary: string, rest: Rest) => ({
  ...{ tags: ['reports'], operationId, summary },
  ...rest,
});

/** Ids of reports are in order of creation. */
const newReportId = (nowMs: number) =>
  `r${Math.floor(nowMs).toString(36).padStart(9, '0')}${randomBytes(10).toString('hex')}`;

export function reportRoutes(worker: ReportWorker): Routes {
  return (app, context) => {
    const { register, events, rules, idempotency, audit, now, hotel } = context;
    const rowOf = async (reportId: string) => {
      const row = await register.get('report', reportId);
      if (row === null) throw new ProblemResponse('desk.not_found');
      return row;
    };

    app.get(
      '/v1/reports',
      {
        config: reading,
        schema: described('listReports', 'Reports, what is due first', {
          description: 'Without `state`: those that somebody still has to see to, overdue ones first.',
          querystring: Type.Object(
            {
              state: Type.Optional(Type.Enum([...REPORT_STATES])),
              after: Type.Optional(After),
              limit: Type.Optional(
                Type.Integer({ minimum: 1, maximum: hotel.limits.page_items, default: 50 }),
              ),
            },
            strict,
          ),
          response: {
            200: Type.Object(
              { items: Type.Array(ReportSchema), after: Type.Union([Type.String(), Type.Null()]) },
              { ...strict, title: 'Reports' },
            ),
            ...PROBLEMS,
          },
        }),
      },
      async (request) => {
        const { state, after = null, limit = 50 } = request.query;
        const plain = { kind: 'plain', limit, after } as const;
        const { rows, after: next } = await register.find(
          'report',
          state === undefined
            ? { ...plain, index: REPORT_INDEX.openDue, value: timeValue(0), upTo: LAST }
            : { ...plain, index: REPORT_INDEX.state, value: state },
        );
        const items = await Promise.all(rows.map((row) => shown(context, actorOf(request), row)));
        return { items, after: next };
      },
    );

    app.get(
      '/v1/reports/:report_id',
      {
        config: reading,
        schema: described('getReport', 'A report', {
          params,
          response: { 200: ReportSchema, ...PROBLEMS },
        }),
      },
      async (request) => shown(context, actorOf(request), await rowOf(request.params.report_id)),
    );

    app.post(
      '/v1/reports',
      {
        config: writing,
        schema: described('reportSuspicious', 'Tells public security of something suspicious', {
          headers: IdempotencyHeaders,
          body: Type.Object(
            {
              guest_id: ReportId,
              kind: Type.Literal('suspicious'),
              note: Type.String({
                minLength: 1,
                maxLength: 1_000,
                pattern: '^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f]+$',
                description: 'What was seen.',
              }),
            },
            strict,
          ),
          response: {
            201: Type.Object({ items: Type.Array(ReportSchema) }, { ...strict, title: 'WrittenReports' }),
            ...PROBLEMS,
          },
        }),
      },
      (request, reply) =>
        idempotency.kept(request, reply, async (answerPut) => {
          const { guest_id, note, kind } = request.body;
          const actor = actorOf(request);
          const row = await register.get('guest', guest_id);
          if (row === null) throw new ProblemResponse('desk.not_found');
          const nowMs = now();
          const reports = targetsFor(rules, row.value.claims.document_kind).map((target) =>
            newReport({ reportId: newReportId(nowMs), kind, guest: row.value, target, nowMs, note }),
          );
          const body = { items: reports.map((report) => reportView(report, nowMs, null)) };
          await audit.append({
            ...{ atMs: nowMs, actor: actor.id, action: 'report.suspicious', reason: null },
            subjects: [guest_id, ...reports.map(({ reportId }) => reportId)],
          });
          const { purgeDay } = row;
          const puts = reports.map((report) => reportPut(report, { purgeDay, version: null }));
          await events.commit({ puts: [...puts, answerPut({ status: 201, body })] }, []);
          worker.wake();
          return { status: 201, body };
        }),
    );

    /** The worker may write to a report at the same moment: then it is read again. Throws ProblemResponse. */
    async function changed(
      actor: Actor,
      action: string,
      asked: readonly { readonly reportId: string; readonly to: ReportHappening }[],
      answerOf: (items: readonly ReportView[]) => Put,
    ): Promise<readonly ReportView[]> {
      const subjects = asked.map(({ reportId }) => reportId);
      for (let tries = 1; ; tries += 1) {
        const changes = await Promise.all(
          asked.map(async ({ reportId, to }) => {
            const row = await rowOf(reportId);
            const after = worker.book.after(row, to);
            if (after === null) throw new ProblemResponse('desk.report_state');
            return { row, to, after };
          }),
        );
        const items = await Promise.all(
          changes.map(({ row, after }) => shown(context, actor, { ...row, value: after })),
        );
        if (tries === 1) await audit.append({ atMs: now(), actor: actor.id, action, subjects, reason: null });
        if (await worker.book.applyAll(changes, [answerOf(items)])) {
          worker.wake();
          return items;
        }
        if (tries === TRIES) throw new ProblemResponse('desk.conflict');
      }
    }

    const changing = (request: ReportRequest, reply: FastifyReply, action: string, to: ReportHappening) =>
      idempotency.kept(request, reply, async (answerPut) => {
        const asked = [{ reportId: request.params.report_id, to }];
        const doneOf = ([body]: readonly ReportView[]) => {
          if (body === undefined) throw new ProblemResponse('desk.not_found');
          return { status: 200, body };
        };
        return doneOf(await changed(actorOf(request), action, asked, (items) => answerPut(doneOf(items))));
      });

    app.post(
      '/v1/reports/:report_id/receipt',
      {
        config: writing,
        schema: described('typeReceipt', 'Types in the receipt of a report that was handed over by hand', {
          headers: IdempotencyHeaders,
          params,
          body: Type.Object({ receipt: Receipt }, strict),
          response: { 200: ReportSchema, ...PROBLEMS },
        }),
      },
      (request, reply) =>
        changing(request, reply, 'report.receipt', { kind: 'accepted', receipt: request.body.receipt }),
    );
    app.post(
      '/v1/reports/:report_id/retry',
      {
        config: writing,
        schema: described('retryReport', 'Hands a report over now', {
          description: 'One that was refused is handed over anew; one that waits does not wait any longer.',
          headers: IdempotencyHeaders,
          params,
          body: nothing,
          response: { 200: ReportSchema, ...PROBLEMS },
        }),
      },
      (request, reply) => changing(request, reply, 'report.retry', { kind: 'retried' }),
    );
    app.post(
      '/v1/reports/:report_id/test',
      {
        config: writing,
        schema: described('testReport', 'Asks whether a report would be taken', {
          description: 'Nothing is kept there.',
          headers: IdempotencyHeaders,
          params,
          body: nothing,
          response: {
            200: Type.Object(
              { would_be_taken: Type.Boolean(), reason: Type.Union([Type.String(), Type.Null()]) },
              { ...strict, title: 'ReportTest' },
            ),
            ...PROBLEMS,
          },
        }),
      },
      (request, reply) =>
        idempotency.remembered(request, reply, async () => {
          const row = await rowOf(request.params.report_id);
          if (hotel.report.adapter === 'manual') throw new ProblemResponse('desk.no_interface');
          const reason = await worker.test(row);
          return { status: 200, body: { would_be_taken: reason === null, reason } };
        }),
    );

    app.post(
      '/v1/reports/reconcile',
      {
        config: writing,
        schema: described('reconcileReports', 'Takes over what public security said to many reports', {
          description: 'All of them or none: one that cannot have that result makes it a conflict.',
          headers: IdempotencyHeaders,
          body: Type.Object(
            {
              lines: Type.Array(
                Type.Union([
                  Type.Object({ report_id: ReportId, receipt: Receipt }, strict),
                  Type.Object({ report_id: ReportId, refused: Reason }, strict),
                ]),
                { minItems: 1, maxItems: LINES_MAX },
              ),
            },
            strict,
          ),
          response: {
            200: Type.Object({ items: Type.Array(ReportSchema) }, { ...strict, title: 'ReconciledReports' }),
            ...PROBLEMS,
          },
        }),
      },
      (request, reply) =>
        idempotency.kept(request, reply, async (answerPut) => {
          const actor = actorOf(request);
          const { lines } = request.body;
          if (new Set(lines.map(({ report_id }) => report_id)).size < lines.length) {
            const errors = [{ pointer: '/lines', detail: 'a report is there twice' }];
            throw new ProblemResponse('desk.invalid', { errors });
          }
          const asked = lines.map((line) => ({
            reportId: line.report_id,
            to:
              'receipt' in line
                ? ({ kind: 'accepted', receipt: line.receipt } as const)
                : ({ kind: 'rejected', reason: line.refused } as const),
          }));
          const doneOf = (items: readonly ReportView[]) => ({ status: 200, body: { items: [...items] } });
          return doneOf(await changed(actor, 'report.reconcile', asked, (items) => answerPut(doneOf(items))));
        }),
    );
  };
}

type ReportRequest = FastifyRequest & { readonly params: { readonly report_id: string } };

const LAST = timeValue(Number.MAX_SAFE_INTEGER);

async function shown(
  { register, now }: Pick<DeskContext, 'register' | 'now'>,
  actor: Actor,
  { value: report }: Row<'report'>,
): Promise<ReportView> {
  if (!actor.scopes.has('stays:read')) return reportView(report, now(), null);
  const guest = await register.get('guest', report.guestId);
  const stay = await register.get('stay', report.stayId);
  return reportView(report, now(), guest && stay && { guest: guest.value, stay: stay.value });
}
