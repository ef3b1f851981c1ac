/**
 * Hands over what is queued, asks after what was sent, and tells when something is overdue. All that it knows is in the
 * register: it can be killed at any moment, and goes on from there.
 */
import { randomUUID } from 'node:crypto';
import type { EventLog, Happening } from '../events/event-log.ts';
import { HotelError } from '../hotel-error.ts';
import type { GuestRegister, Page, Row } from '../register/guest-register.ts';
import type { Guest } from '../stays/stay.ts';
import type { Report } from './report.ts';
import { HandoverError, type LineResult, type LineResults, type ReportAdapter } from './report-adapter.ts';
import { type LineContext, type ReportLine, reportLine } from './report-lines.ts';
import { type ReportHappening, reportAfter } from './report-machine.ts';
import { reportStep } from './report-order.ts';
import { REPORT_INDEX, reportPut, timeValue } from './report-rows.ts';

export interface ReportWorkerOptions {
  readonly register: GuestRegister;
  readonly events: EventLog;
  readonly adapter: ReportAdapter;
  readonly lines: LineContext;
  readonly now: () => number;
  readonly retryMs: number;
  readonly log: (
    level: 'info' | 'warn' | 'error',
    fields: Readonly<Record<string, string | number | boolean | null>>,
    message: string,
  ) => void;
  /** After each pass. */
  readonly onCounted: (counts: ReportCounts) => void;
}

export interface ReportCounts {
  readonly due: number;
  readonly overdue: number;
  /** Null: none is due. */
  readonly nextDueAtMs: number | null;
}

interface Prepared {
  readonly row: Row<'report'>;
  readonly line: ReportLine;
}

/** Lines of one batch. */
const BATCH_LINES = 100;
/** Between two passes at the longest: the clock may have been set. */
const PASS_MS = 2_000;
const SHORTEST_PAUSE_MS = 20;
const COUNT_MS = 500;

export class ReportWorker {
  readonly #options: ReportWorkerOptions;
  #timer: NodeJS.Timeout | null = null;
  #passing: Promise<void> | null = null;
  #isWoken = false;
  #isClosed = false;
  #lastFault: string | null = null;
  #countedAtMs = 0;
  #countEveryMs = COUNT_MS;

  constructor(options: ReportWorkerOptions) {
    this.#options = options;
    options.events.onWritten(() => this.wake());
  }

  /** Looks at once whether there is something to do. */
  wake(): void {
    if (this.#isClosed) return;
    this.#isWoken = true;
    if (this.#passing === null) this.#wait(0);
  }

  /** Ends after the pass that is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#passing;
  }

  /** The report after what happened to it, written with its event. Null: its state does not allow that, or somebody else changed it. */
  async apply(row: Row<'report'>, happening: ReportHappening): Promise<Row<'report'> | null> {
    const { now, retryMs, events } = this.#options;
    const after = reportAfter(row.value, happening, { nowMs: now(), retryMs });
    if (after === null) return null;
    const put = reportPut(after, { purgeDay: row.purgeDay, version: row.version });
    try {
      await events.commit({ puts: [put] }, eventsOf(after, happening));
      return { ...row, value: after, version: row.version + 1 };
    } catch (cause) {
      if (cause instanceof HotelError && cause.code === 'conflict') return null;
      throw cause;
    }
  }

  /** Whether a report would be taken: null, or why not. Rejects with HandoverError. */
  async test(row: Row<'report'>): Promise<string | null> {
    const prepared = await this.#prepared(row);
    if (prepared === null) return null;
    return (await this.#options.adapter.test([prepared.line])).get(row.id) ?? null;
  }

  #wait(ms: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#passing = this.#run().finally(() => {
        this.#passing = null;
        if (!this.#isClosed)
          this.#wait(this.#isWoken ? SHORTEST_PAUSE_MS : Math.min(PASS_MS, this.#options.retryMs));
      });
    }, ms);
  }

  async #run(): Promise<void> {
    this.#isWoken = false;
    try {
      await this.#releaseHeld();
      await this.#handOverDue();
      await this.#tellOverdue();
      await this.#countAgain();
      this.#lastFault = null;
    } catch (cause) {
      this.#faulty(cause as Error);
    }
  }

  #faulty(cause: Error): void {
    // Once for each kind of fault, not once a pass.
    if (this.#lastFault === cause.message) return;
    this.#lastFault = cause.message;
    this.#options.log('warn', { error: cause.message }, 'reports could not be handed over; they stay queued');
  }

  async #releaseHeld(): Promise<void> {
    for (const row of await this.#all(REPORT_INDEX.state, 'held')) {
      const guest = await this.#guestOf(row.value);
      if (guest === null || guest.state === 'reverted') await this.apply(row, { kind: 'withdrawn' });
      else if (guest.state !== 'held') await this.apply(row, { kind: 'released' });
    }
  }

  async #handOverDue(): Promise<void> {
    const { register, now } = this.#options;
    const search = { index: REPORT_INDEX.next, kind: 'plain', value: timeValue(0) } as const;
    const { rows, after } = await register.find('report', {
      ...search,
      upTo: timeValue(now()),
      limit: BATCH_LINES,
    });
    const asked: Row<'report'>[] = [];
    const ready: Prepared[] = [];
    for (const row of rows) {
      const taken = await this.#stepOf(row);
      if (taken === 'ask') asked.push(row);
      else if (taken !== null) ready.push(taken);
    }
    if (asked.length > 0) await this.#ask(asked);
    if (ready.length > 0) await this.#handOver(ready);
    if (after !== null) this.#isWoken = true;
  }

  /** Null: there is nothing to hand over. */
  async #stepOf(row: Row<'report'>): Promise<Prepared | 'ask' | null> {
    const guest = await this.#guestOf(row.value);
    const others = (await this.#all(REPORT_INDEX.guest, row.value.guestId)).filter(
      ({ id, value }) => id !== row.id && value.target === row.value.target,
    );
    const next = reportStep(
      row.value,
      others.map(({ value }) => value),
      guest,
    );
    if (next.step === 'ask') return 'ask';
    if (next.step === 'hand_over' && this.#options.adapter.name !== 'manual') {
      const prepared = await this.#prepared(row, guest);
      if (prepared !== null) return prepared;
      await this.apply(row, { kind: 'withdrawn' });
      return null;
    }
    if (next.step === 'hand_over') await this.apply(row, { kind: 'left_to_person' });
    else if (next.step === 'wait') await this.apply(row, { kind: 'postponed' });
    else {
      await this.apply(row, { kind: 'withdrawn' });
      const first = others.find(({ value }) => value.kind === 'register');
      if (next.register !== undefined && first) await this.apply(first, { kind: next.register });
    }
    return null;
  }

  async #handOver(ready: readonly Prepared[]): Promise<void> {
    const { adapter } = this.#options;
    let refused: ReadonlyMap<string, string>;
    try {
      refused = await adapter.test(ready.map(({ line }) => line));
    } catch (cause) {
      return await this.#failed(
        ready.map(({ row }) => row),
        cause as Error,
      );
    }
    const handover = `b-${randomUUID()}`;
    const claims = ready.map(async ({ row, line }): Promise<Prepared[]> => {
      const reason = refused.get(row.id);
      if (reason === undefined) {
        const claimed = await this.apply(row, { kind: 'claimed', handover });
        return claimed === null ? [] : [{ row: claimed, line }];
      }
      await this.apply(row, { kind: 'rejected', reason });
      return [];
    });
    const claimed = (await Promise.all(claims)).flat();
    if (claimed.length === 0) return;
    const rows = claimed.map(({ row }) => row);
    try {
      await this.#judged(
        rows,
        await adapter.send(
          handover,
          claimed.map(({ line }) => line),
        ),
      );
    } catch (cause) {
      await this.#failed(rows, cause as Error);
    }
  }

  async #ask(rows: readonly Row<'report'>[]): Promise<void> {
    try {
      await this.#judged(rows, await this.#options.adapter.receipts(rows.map(({ id }) => id)));
    } catch (cause) {
      await this.#failed(rows, cause as Error);
    }
  }

  async #judged(rows: readonly Row<'report'>[], results: LineResults): Promise<void> {
    await Promise.all(rows.map((row) => this.apply(row, happeningOf(results.get(row.id)))));
  }

  async #failed(rows: readonly Row<'report'>[], cause: Error): Promise<void> {
    if (!(cause instanceof HandoverError)) throw cause;
    this.#faulty(cause);
    const { isWithThem } = cause;
    await Promise.all(rows.map((row) => this.apply(row, { kind: 'failed', isWithThem })));
  }

  async #tellOverdue(): Promise<void> {
    const { now } = this.#options;
    for (const row of await this.#all(REPORT_INDEX.untoldDue, timeValue(0), timeValue(now()))) {
      await this.apply(row, { kind: 'told_overdue' });
    }
  }

  /** Counting opens each of them, so it takes no more than a small part of the time. */
  async #countAgain(): Promise<void> {
    const startedMs = this.#options.now();
    if (Math.abs(startedMs - this.#countedAtMs) < this.#countEveryMs) return;
    this.#countedAtMs = startedMs;
    this.#options.onCounted(await this.#count(startedMs));
    this.#countEveryMs = Math.max(COUNT_MS, 20 * (this.#options.now() - startedMs));
  }

  async #count(nowMs: number): Promise<ReportCounts> {
    const due = (await this.#all(REPORT_INDEX.openDue, timeValue(0), timeValue(Number.MAX_SAFE_INTEGER))).map(
      ({ value }) => value.dueAtMs,
    );
    const overdue = due.filter((ms) => ms <= nowMs).length;
    return { due: due.length, overdue, nextDueAtMs: due[0] ?? null };
  }

  async #all(index: string, value: string, upTo = value): Promise<Row<'report'>[]> {
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

  async #guestOf({ guestId }: Report): Promise<Guest | null> {
    return (await this.#options.register.get('guest', guestId))?.value ?? null;
  }

  /** Null: guest or stay were erased. */
  async #prepared(row: Row<'report'>, guest?: Guest | null): Promise<Prepared | null> {
    const { register, lines } = this.#options;
    const of = guest ?? (await this.#guestOf(row.value));
    const stay = await register.get('stay', row.value.stayId);
    return of === null || stay === null ? null : { row, line: reportLine(row.value, of, stay.value, lines) };
  }
}

function happeningOf(result: LineResult | undefined): ReportHappening {
  switch (result?.kind) {
    case 'accepted':
      return { kind: 'accepted', receipt: result.receipt };
    case 'rejected':
      return { kind: 'rejected', reason: result.reason };
    case 'pending':
      return { kind: 'still_judged' };
    case 'unknown':
      return { kind: 'not_known' };
    case undefined:
      return { kind: 'failed', isWithThem: true };
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
