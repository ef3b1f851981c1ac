/** A desk whose reports go to the bureau of the reference platform, and a receiver of webhooks. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { ReportView } from '../../hotel/reports/report-views.ts';
import { freePort } from '../system/gateway-under-test.rig.ts';
import { type ComposedDesk, startDesk } from './desk.rig.ts';
import type { DeskSession } from './desk-session.rig.ts';

/** The platform's, of composed gateways. */
const TOKEN = 'composed-test-token';
export const WAIT = { timeout: 20_000, interval: 25 };

export interface ReportingDesk {
  readonly desk: ComposedDesk;
  stop(): Promise<void>;
}

/** `report`: laid over an interface that is tried every 30 ms. */
export async function startReportingDesk(
  report: Readonly<Record<string, unknown>> = {},
  options: Parameters<typeof startDesk>[0] = {},
): Promise<ReportingDesk> {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-bureau-'));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, TOKEN, { mode: 0o600 });
  const port = await freePort();
  const { hotel, ...rest } = options;
  const desk = await startDesk({
    ...rest,
    platform: { port },
    hotel: {
      ...hotel,
      report: {
        ...{ adapter: 'http', url: `http://127.0.0.1:${port}/bureau/v1`, token_file: tokenFile },
        ...{ retry_ms: 30, ...report },
      },
      webhooks: { retry_ms: 10, answer_ms: 200 },
    },
  });
  return {
    desk,
    async stop() {
      await desk.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Those of a guest, oldest first. */
export async function reportsOf(session: DeskSession, guestId: string): Promise<readonly ReportView[]> {
  const found: ReportView[] = [];
  for (const state of ['queued', 'sent', 'accepted', 'rejected', 'held', 'withdrawn']) {
    const { items } = await session.json<{ items: ReportView[] }>(`/v1/reports?state=${state}&limit=100`);
    found.push(...items.filter(({ guest_id }) => guest_id === guestId));
  }
  return found.sort((a, b) => (a.report_id < b.report_id ? -1 : 1));
}

/** Waits until the reports of a guest are, in order, of these kinds and states, as `register accepted`. */
export function reportsBecome(
  session: DeskSession,
  guestId: string,
  wanted: readonly string[],
): Promise<readonly ReportView[]> {
  return vi.waitFor(async () => {
    const reports = await reportsOf(session, guestId);
    const are = reports.map(({ kind, state }) => `${kind} ${state}`);
    if (JSON.stringify(are) !== JSON.stringify(wanted)) throw new Error(`they are ${are.join(', ')}`);
    return reports;
  }, WAIT);
}

export interface Receiver {
  readonly url: string;
  /** Bodies that it took, in order. */
  readonly taken: readonly string[];
  /** Null: takes what comes. */
  answer: ((response: ServerResponse) => void) | null;
  close(): void;
}

export async function startReceiver(): Promise<Receiver> {
  const taken: string[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    if (receiver.answer !== null) return receiver.answer(response);
    taken.push(Buffer.concat(pieces).toString());
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    ...{ taken, answer: null },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return receiver;
}
