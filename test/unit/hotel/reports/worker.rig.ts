/** A worker over a register in memory, with the platform's bureau at the other end of a real connection. */
import { EventLog } from '../../../../hotel/events/event-log.ts';
import { HttpAdapter } from '../../../../hotel/reports/http-adapter.ts';
import type { Report, ReportKind } from '../../../../hotel/reports/report.ts';
import type { ReportAdapter } from '../../../../hotel/reports/report-adapter.ts';
import { type Reportable, type ReportRules, reportsFor } from '../../../../hotel/reports/report-rows.ts';
import { type ReportCounts, ReportWorker } from '../../../../hotel/reports/report-worker.ts';
import type { Guest, Stay } from '../../../../hotel/stays/stay.ts';
import { createCity } from '../../../../platform/city.ts';
import { createPlatform } from '../../../../platform/server.ts';
import { MemoryRegister } from '../memory-register.rig.ts';

export const HOUR_MS = 3_600_000;
export const RULES: ReportRules = {
  documents: [{ kind: 'id-card', from: 'mainland' }],
  reports: [
    {
      target: 'public-security',
      guests: 'all',
      due_ms: { register: 2 * HOUR_MS, change: 2 * HOUR_MS, check_out: 2 * HOUR_MS, suspicious: HOUR_MS },
    },
  ],
};
const TOKEN = 'bureau-test-token';
const PURGE_DAY = '2099-01-01';
const RETRY_MS = 25;

export async function startBureau() {
  const platform = createPlatform({
    city: createCity({ seed: 'bureau', cards: 2, rsaCardKeys: 1 }),
    token: TOKEN,
  });
  await platform.start();
  return platform;
}

export class ReportWorld {
  readonly register = new MemoryRegister();
  counts: ReportCounts = { due: 0, overdue: 0, nextDueAtMs: null };
  /** Milliseconds that time is ahead. */
  aheadMs = 0;
  readonly #worker: ReportWorker;
  readonly events: EventLog;
  #lastId = 0;

  private constructor(events: EventLog, register: MemoryRegister, adapter: ReportAdapter) {
    this.events = events;
    this.register = register;
    this.#worker = new ReportWorker({
      ...{ register, events, adapter, retryMs: RETRY_MS, now: () => this.now() },
      lines: { hotelId: 'harbour', documentCode: (kind) => (kind === 'id-card' ? '111' : null) },
      log: () => {},
      onCounted: (counts) => {
        this.counts = counts;
      },
    });
  }

  static async open({
    url = '',
    adapter = new HttpAdapter({ url: `${url}/bureau/v1`, token: TOKEN, answerMs: 400 }),
    register = new MemoryRegister(),
  }: {
    url?: string;
    adapter?: ReportAdapter;
    register?: MemoryRegister;
  }): Promise<ReportWorld> {
    const events = await EventLog.open({ register, now: Date.now, keepMs: 10 * HOUR_MS });
    const world = new ReportWorld(events, register, adapter);
    world.#worker.wake();
    return world;
  }

  now(): number {
    return Date.now() + this.aheadMs;
  }

  get worker(): ReportWorker {
    return this.#worker;
  }

  /** What happened to a guest, with its reports, in one commit. */
  async happens(what: Reportable, over: Partial<Guest> & { readonly guestId: string }): Promise<Guest> {
    const before = await this.register.get('guest', over.guestId);
    const guest = { ...(before?.value ?? guestAt(this.now())), ...over };
    const stay = await this.register.get('stay', guest.stayId);
    const common = { purgeDay: PURGE_DAY, indexes: [] };
    await this.events.commit(
      {
        puts: [
          {
            ...{ table: 'guest', id: guest.guestId, value: guest, ...common },
            expectVersion: before?.version ?? null,
          },
          ...(stay === null
            ? [{ table: 'stay', id: STAY.stayId, value: STAY, expectVersion: null, ...common } as const]
            : []),
          ...reportsFor(what, {
            guest,
            purgeDay: PURGE_DAY,
            rules: RULES,
            nowMs: this.now(),
            newId: () => {
              this.#lastId += 1;
              return `r-${guest.guestId}-${what.replace('_', '-')}-${this.#lastId}`;
            },
          }),
        ],
      },
      [{ kind: 'guest.checked_in', guestId: guest.guestId }],
    );
    return guest;
  }

  async reports(): Promise<readonly Report[]> {
    return (await this.register.scan('report', null, 1_000)).rows.map(({ value }) => value);
  }

  async reportOf(guestId: string, kind: ReportKind): Promise<Report | undefined> {
    return (await this.reports()).find((report) => report.guestId === guestId && report.kind === kind);
  }

  close(): Promise<void> {
    return this.#worker.close();
  }
}

const STAY: Stay = {
  ...{ stayId: 's-1', hotelId: 'harbour', room: '1208', arrival: '2026-11-30', departure: '2026-12-02' },
  ...{ state: 'in_house', guestIds: [], createdAtMs: 1, createdBy: 'clerk', desk: null },
  ...{ departedAtMs: null, revertedFor: null },
};

function guestAt(nowMs: number): Guest {
  return {
    ...{ guestId: 'g', stayId: STAY.stayId, state: 'in_house' },
    claims: { full_name: '李明', document_kind: 'id-card', document_number: '110101199003070038' },
    evidence: {
      ...{ document: 'declared', holder: 'person', claims: 'declared' },
      status: { source: 'none', ageMs: 0 },
    },
    ...{ decision: null, credential: null, needs: [], attestation: null, guardian: null, corrections: [] },
    ...{ checkedInAtMs: nowMs, checkedOutAtMs: null, revertedFor: null },
  };
}
