/** Builds the reports of a desk: the adapter that the settings name, the worker, the routes. */
import { join } from 'node:path';
import { readReportFileTable } from '../../config/hotel/read-report-file.ts';
import { readTokenFile } from '../../config/token-file.ts';
import type { DeskContext } from '../context.ts';
import { HotelError } from '../hotel-error.ts';
import type { Routes } from '../http/server.ts';
import { FileAdapter } from './file-adapter.ts';
import { fileRoutes } from './file-routes.ts';
import { HttpAdapter } from './http-adapter.ts';
import { MANUAL_ADAPTER } from './manual-adapter.ts';
import type { ReportAdapter } from './report-adapter.ts';
import { reportRoutes } from './report-routes.ts';
import { ReportWorker } from './report-worker.ts';

export interface Reports {
  readonly routes: readonly Routes[];
  close(): Promise<void>;
}

/** `folder`: the desk's own. Throws HotelError when a file that the settings name cannot be used. */
export function openReports(context: DeskContext, folder: string): Reports {
  const adapter = adapterOf(context, join(folder, 'reports'));
  const { hotel, register, events, rules, now, log, gauges, streams } = context;
  let told = '';
  const worker = new ReportWorker({
    ...{ register, events, now, log, adapter, retryMs: hotel.report.retry_ms },
    lines: {
      hotelId: hotel.hotel_id,
      documentCode: (kind) => rules.documents.find((each) => each.kind === kind)?.code ?? null,
    },
    onCounted({ due, overdue, nextDueAtMs }) {
      gauges.set({
        ...{ reports_due: due, reports_overdue: overdue, reports_next_due_at_ms: nextDueAtMs ?? 0 },
      });
      const counts = JSON.stringify({ due, overdue });
      if (counts === told) return;
      told = counts;
      streams.pushToAll('reports', { due, overdue });
    },
  });
  worker.wake();
  const ofReports = reportRoutes(worker);
  const ofFiles = fileRoutes(worker, adapter instanceof FileAdapter ? adapter : null);
  return {
    routes: [ofReports, ofFiles],
    close: () => worker.close(),
  };
}

function adapterOf({ hotel: { report }, time }: DeskContext, own: string): ReportAdapter {
  const { adapter, url, token_file, fields_file, folder = own } = report;
  try {
    if (adapter === 'file') return new FileAdapter({ folder, time, table: readReportFileTable(fields_file) });
    if (adapter !== 'http' || url === undefined) return MANUAL_ADAPTER;
    return new HttpAdapter({ url, token: token_file === undefined ? null : readTokenFile(token_file) });
  } catch (cause) {
    throw new HotelError('unusable', `hotel.report: ${(cause as Error).message}`, { cause });
  }
}
