/** `/v1/reports/files`: reports as files of fixed width in GBK. */
import { Type } from 'typebox';
import { IdempotencyHeaders, PROBLEMS } from '../http/answers.ts';
import { ProblemResponse } from '../http/problem.ts';
import { actorOf, type Routes } from '../http/server.ts';
import type { FileAdapter } from './file-adapter.ts';
import { described } from './report-routes.ts';
import { REPORT_INDEX } from './report-rows.ts';
import type { ReportWorker } from './report-worker.ts';

const strict = { additionalProperties: false } as const;
const FileId = Type.String({ pattern: '^b-[0-9a-f-]{36}$' });

/** `adapter` null: reports are not handed over as files. */
export function fileRoutes(worker: ReportWorker, adapter: FileAdapter | null): Routes {
  return (app, { idempotency, audit, now }) => {
    app.post(
      '/v1/reports/files',
      {
        config: { scope: 'reports:write' },
        schema: described('writeReportFile', 'Writes what is queued into a file now', {
          description:
            'It is written by itself too, after hotel.report.retry_ms. The answer has all files that wait for receipts.',
          headers: IdempotencyHeaders,
          body: Type.Object({}, strict),
          response: {
            200: Type.Object(
              {
                items: Type.Array(
                  Type.Object({ file_id: FileId, reports: Type.Integer({ minimum: 1 }) }, strict),
                ),
              },
              { ...strict, title: 'ReportFiles' },
            ),
            ...PROBLEMS,
          },
        }),
      },
      (request, reply) =>
        idempotency.remembered(request, reply, async () => {
          if (adapter === null) throw new ProblemResponse('desk.no_interface');
          await worker.handOverNow();
          const counts = new Map<string, number>();
          for (const { value } of await worker.book.all(REPORT_INDEX.state, 'sent')) {
            if (value.handover !== null) counts.set(value.handover, (counts.get(value.handover) ?? 0) + 1);
          }
          const items = [...counts].map(([file_id, reports]) => ({ file_id, reports }));
          return { status: 200, body: { items } };
        }),
    );
    app.get(
      '/v1/reports/files/:file_id',
      {
        // Names and numbers as they are.
        config: { scope: 'reports:write' },
        schema: described('getReportFile', 'A file of reports: records of fixed width in GBK', {
          params: Type.Object({ file_id: FileId }, strict),
          response: {
            200: {
              description: 'Names and numbers as they are; the audit log has who read it.',
              content: { 'text/plain; charset=gbk': { schema: Type.String() } },
            },
            ...PROBLEMS,
          },
        }),
      },
      async (request, reply) => {
        const { file_id } = request.params;
        const content = adapter?.read(file_id) ?? null;
        if (content === null) throw new ProblemResponse('desk.not_found');
        const rows = await worker.book.all(REPORT_INDEX.handover, file_id);
        await audit.append({
          ...{ atMs: now(), actor: actorOf(request).id, action: 'report.file_read', reason: null },
          subjects: [file_id, ...rows.map(({ id }) => id)],
        });
        return reply
          .header('content-disposition', `attachment; filename="${file_id}.txt"`)
          .type('text/plain; charset=gbk')
          .send(content as never);
      },
    );
  };
}
