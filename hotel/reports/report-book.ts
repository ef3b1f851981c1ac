/** Reports in the register: found, and written with their events. */
import type { EventLog, Happening } from '../events/event-log.ts';
import { HotelError } from '../hotel-error.ts';
import type { GuestRegister, Page, Put, Row } from '../register/guest-register.ts';
import type { Guest } from '../stays/stay.ts';
import type { Report } from './report.ts';
import type { ReportAdapter } from './report-adapter.ts';
import { type LineContext, type ReportLine, reportLine } from './report-lines.ts';
import { type ReportHappening, reportAfter } from './report-machine.ts';
import { REPORT_INDEX, reportPut } from './report-rows.ts';

export interface ReportBookOptions {
  readonly register: GuestRegister;
  readonly events: EventLog;
  readonly adapter: ReportAdapter;
  readonly lines: LineContext;
  readonly now: () => number;
  readonly retryMs: number;
}

export interface Prepared {
  readonly row: Row<'report'>;
  readonly line: ReportLine;
}

export class ReportBook {
  readonly #options: ReportBookOptions;

  constructor(options: ReportBookOptions) {
    this.#options = options;
  }

  /** The report after what happened to it, not written. Null: its state does not allow that. */
  after({ value }: Row<'report'>, happening: ReportHappening): Report | null {
    const { now, retryMs } = this.#options;
    return reportAfter(value, happening, { nowMs: now(), retryMs });
  }

  /**
   * Writes what happened to a report, with its event, and what belongs into the same commit. Null: its state does not allow that,
   * or somebody else changed it.
   */
  async apply(
    row: Row<'report'>,
    happening: ReportHappening,
    beside: readonly Put[] = [],
  ): Promise<Row<'report'> | null> {
    const after = this.after(row, happening);
    if (after === null) return null;
    const isWritten = await this.applyAll([{ row, to: happening, after }], beside);
    return isWritten ? { ...row, value: after, version: row.version + 1 } : null;
  }

  /** All or none. False: somebody else changed one of them. */
  async applyAll(
    changes: readonly {
      readonly row: Row<'report'>;
      readonly to: ReportHappening;
      readonly after: Report;
    }[],
    beside: readonly Put[] = [],
  ): Promise<boolean> {
    const puts = changes.map(({ row: { purgeDay, version }, after }) =>
      reportPut(after, { purgeDay, version }),
    );
    const happened = changes.flatMap(({ after, to }) => eventsOf(after, to));
    try {
      await this.#options.events.commit({ puts: [...puts, ...beside] }, happened);
    } catch (cause) {
      if (cause instanceof HotelError && cause.code === 'conflict') return false;
      throw cause;
    }
    const judged = changes.filter(({ to }) => to.kind === 'accepted' || to.kind === 'rejected');
    await this.#forget(new Set(judged.map(({ row }) => row.value.handover)));
    return true;
  }

  /** A file of which every report has its result is not kept. */
  async #forget(handovers: ReadonlySet<string | null>): Promise<void> {
    const { adapter } = this.#options;
    for (const handover of handovers) {
      if (handover === null || adapter.forget === undefined) continue;
      const rows = await this.all(REPORT_INDEX.handover, handover);
      if (!rows.some(({ value: { state } }) => state === 'queued' || state === 'sent'))
        adapter.forget(handover);
    }
  }

  /** By a plain index, in its order. */
  async all(index: string, value: string, upTo = value): Promise<Row<'report'>[]> {
    const rows: Row<'report'>[] = [];
    let after: string | null = null;
    do {
      const page: Page<'report'> = await this.#options.register.find('report', {
        ...{ index, kind: 'plain', value, upTo, after, limit: 500 },
      });
      rows.push(...page.rows);
      ({ after } = page);
    } while (after !== null);
    return rows;
  }

  async guestOf({ guestId }: Report): Promise<Guest | null> {
    return (await this.#options.register.get('guest', guestId))?.value ?? null;
  }

  /** Null: guest or stay were erased. */
  async prepared(row: Row<'report'>, guest?: Guest | null): Promise<Prepared | null> {
    const { register, lines } = this.#options;
    const of = guest ?? (await this.guestOf(row.value));
    const stay = await register.get('stay', row.value.stayId);
    return of === null || stay === null ? null : { row, line: reportLine(row.value, of, stay.value, lines) };
  }
}

const EVENT_OF = {
  accepted: 'report.accepted',
  rejected: 'report.rejected',
  told_overdue: 'report.overdue',
} as const;

function eventsOf({ reportId, stayId, guestId }: Report, { kind }: ReportHappening): Happening[] {
  return kind === 'accepted' || kind === 'rejected' || kind === 'told_overdue'
    ? [{ kind: EVENT_OF[kind], stayId, guestId, reportId }]
    : [];
}
