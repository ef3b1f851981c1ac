/**
 * Hands over what is queued, asks after what was sent, and tells when something is overdue. All that it knows is in the
 * register: it can be killed at any moment, and goes on from there.
 */
import { randomUUID } from 'node:crypto';
import type { Row } from '../register/guest-register.ts';
import { type AskedReport, HandoverError, type LineResult, type LineResults } from './report-adapter.ts';
import { type Prepared, ReportBook, type ReportBookOptions } from './report-book.ts';
import type { ReportHappening } from './report-machine.ts';
import { reportStep } from './report-order.ts';
import { REPORT_INDEX, timeValue } from './report-rows.ts';

export interface ReportWorkerOptions extends ReportBookOptions {
  readonly log: (
    level: 'info' | 'warn' | 'error',
    fields: Readonly<Record<string, string | number | boolean | null>>,
    message: string,
  ) => void;
  /** After each count. */
  readonly onCounted: (counts: ReportCounts) => void;
}

export interface ReportCounts {
  readonly due: number;
  readonly overdue: number;
  /** Null: none is due. */
  readonly nextDueAtMs: number | null;
}

/** Lines of one batch. */
const BATCH_LINES = 100;
/** Between two passes at the longest: the clock may have been set. */
const PASS_MS = 2_000;
const SHORTEST_PAUSE_MS = 20;
const COUNT_MS = 500;
/** What opens every report of a state takes one part in so many of the time, however many there are. */
const PART_OF_TIME = 20;

export class ReportWorker {
  readonly #options: ReportWorkerOptions;
  readonly #book: ReportBook;
  #timer: NodeJS.Timeout | null = null;
  #passing: Promise<void> | null = null;
  #isWoken = false;
  #isClosed = false;
  #hasTakenOver = false;
  #lastFault: string | null = null;
  /** By the monotonic clock. */
  #countAgainMs = 0;
  #releaseAgainMs = 0;

  constructor(options: ReportWorkerOptions) {
    this.#options = options;
    this.#book = new ReportBook(options);
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

  /** Whether a report would be taken: null, or why not. Rejects with HandoverError. */
  async test(row: Row<'report'>): Promise<string | null> {
    const prepared = await this.#book.prepared(row);
    if (prepared === null) return null;
    return (await this.#options.adapter.test([prepared.line])).get(row.id) ?? null;
  }

  get book(): ReportBook {
    return this.#book;
  }

  /** Hands over at once what is queued, whatever its pause. */
  async handOverNow(): Promise<void> {
    for (const row of await this.#book.all(REPORT_INDEX.state, 'queued')) {
      if (row.value.handover === null) await this.#book.apply(row, { kind: 'retried' });
    }
    while (this.#passing !== null) await this.#passing;
    this.#releaseAgainMs = 0;
    await this.#pass();
  }

  #wait(ms: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#pass(), ms);
  }

  /** One at a time. */
  #pass(): Promise<void> {
    this.#passing ??= this.#run().finally(() => {
      this.#passing = null;
      const pauseMs = Math.min(PASS_MS, this.#options.retryMs);
      if (!this.#isClosed) this.#wait(this.#isWoken ? SHORTEST_PAUSE_MS : pauseMs);
    });
    return this.#passing;
  }

  async #run(): Promise<void> {
    this.#isWoken = false;
    try {
      await this.#takeOver();
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

  /** What was left to a person under other settings. */
  async #takeOver(): Promise<void> {
    if (this.#hasTakenOver || this.#options.adapter.name === 'manual') return;
    for (const row of await this.#book.all(REPORT_INDEX.state, 'queued')) {
      if (row.value.nextAttemptAtMs === null) await this.#book.apply(row, { kind: 'retried' });
    }
    this.#hasTakenOver = true;
  }

  /** Every check-in wakes the worker, and guests are held for hours. */
  async #releaseHeld(): Promise<void> {
    const startedMs = performance.now();
    if (startedMs < this.#releaseAgainMs) return;
    for (const row of await this.#book.all(REPORT_INDEX.state, 'held')) {
      const guest = await this.#book.guestOf(row.value);
      if (guest === null || guest.state === 'reverted') await this.#book.apply(row, { kind: 'withdrawn' });
      else if (guest.state !== 'held') await this.#book.apply(row, { kind: 'released' });
    }
    const endedMs = performance.now();
    this.#releaseAgainMs = endedMs + PART_OF_TIME * (endedMs - startedMs);
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
    const guest = await this.#book.guestOf(row.value);
    const others = (await this.#book.all(REPORT_INDEX.guest, row.value.guestId)).filter(
      ({ id, value }) => id !== row.id && value.target === row.value.target,
    );
    const next = reportStep(
      row.value,
      others.map(({ value }) => value),
      guest,
    );
    if (next.step === 'ask') return 'ask';
    if (next.step === 'hand_over' && this.#options.adapter.name !== 'manual') {
      const prepared = await this.#book.prepared(row, guest);
      if (prepared !== null) return prepared;
      await this.#book.apply(row, { kind: 'withdrawn' });
      return null;
    }
    if (next.step === 'hand_over') await this.#book.apply(row, { kind: 'left_to_person' });
    else if (next.step === 'wait') await this.#book.apply(row, { kind: 'postponed' });
    else {
      await this.#book.apply(row, { kind: 'withdrawn' });
      const first = others.find(({ value }) => value.kind === 'register');
      if (next.register !== undefined && first) await this.#book.apply(first, { kind: next.register });
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
        const claimed = await this.#book.apply(row, { kind: 'claimed', handover });
        return claimed === null ? [] : [{ row: claimed, line }];
      }
      await this.#book.apply(row, { kind: 'rejected', reason });
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
      await this.#judged(rows, await this.#options.adapter.receipts(rows.map(askedOf)));
    } catch (cause) {
      await this.#failed(rows, cause as Error);
    }
  }

  async #judged(rows: readonly Row<'report'>[], results: LineResults): Promise<void> {
    await Promise.all(rows.map((row) => this.#book.apply(row, happeningOf(results.get(row.id)))));
  }

  async #failed(rows: readonly Row<'report'>[], cause: Error): Promise<void> {
    if (!(cause instanceof HandoverError)) throw cause;
    this.#faulty(cause);
    const { isWithThem } = cause;
    await Promise.all(rows.map((row) => this.#book.apply(row, { kind: 'failed', isWithThem })));
  }

  async #tellOverdue(): Promise<void> {
    const { now } = this.#options;
    for (const row of await this.#book.all(REPORT_INDEX.untoldDue, timeValue(0), timeValue(now()))) {
      await this.#book.apply(row, { kind: 'told_overdue' });
    }
  }

  /** Counting opens each of them, so it takes no more than a small part of the time. */
  async #countAgain(): Promise<void> {
    const startedMs = performance.now();
    if (startedMs < this.#countAgainMs) return;
    this.#options.onCounted(await this.#count(this.#options.now()));
    const endedMs = performance.now();
    this.#countAgainMs = endedMs + Math.max(COUNT_MS, PART_OF_TIME * (endedMs - startedMs));
  }

  async #count(nowMs: number): Promise<ReportCounts> {
    const due = (
      await this.#book.all(REPORT_INDEX.openDue, timeValue(0), timeValue(Number.MAX_SAFE_INTEGER))
    ).map(({ value }) => value.dueAtMs);
    const overdue = due.filter((ms) => ms <= nowMs).length;
    return { due: due.length, overdue, nextDueAtMs: due[0] ?? null };
  }
}

const askedOf = ({ id, value: { handover, state } }: Row<'report'>): AskedReport => ({
  ...{ reportId: id, handover: handover ?? '', isSent: state === 'sent' },
});

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
