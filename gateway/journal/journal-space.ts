/**
 * Keeps room in the journal while the gateway runs: forgets what the platform has had for long enough, sooner where the
 * disk is short, and gives up what it has not confirmed only where that is asked for. A few records at a time, so that
 * no tap waits for it.
 *
 * Never forgotten here: records a restart would need to know a presentation as used, or a tap as decided.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { EpochChange } from './begin-epoch.ts';
import { ConfirmedMarks, MARKS_NOTE } from './confirmed-marks.ts';
import type { DiskBound } from './disk-bound.ts';
import { JournalError } from './journal-error.ts';
import { CURSORS, type EpochSpan } from './journal-tables.ts';
import { type LmdbJournal, TRIM_RECORDS } from './lmdb-journal.ts';

export interface SpaceOptions {
  readonly journal: Pick<
    LmdbJournal,
    | 'firstPosition'
    | 'syncedPosition'
    | 'lastBefore'
    | 'trim'
    | 'cursor'
    | 'saveCursor'
    | 'note'
    | 'saveNote'
    | 'refusal'
    | 'beginEpoch'
  > & { readonly bound: Pick<DiskBound, 'usedBytes' | 'boundBytes'> };
  /** How long a record is kept after it was confirmed. */
  readonly keepConfirmedMs: number;
  /** What gives way when there are only unconfirmed records left. */
  readonly whenFull: 'refuse' | 'drop_oldest';
  /**
   * Records younger than this are never forgotten, milliseconds: the longest time a presentation or a tap may come again, or
   * somebody may be inside.
   */
  readonly neededMs: () => number;
  /** Wait between two looks. Default 500 ms. */
  readonly tickMs?: number;
  /** Milliseconds since 1970 UTC: the time by which is forgotten. A clock that jumped ahead must not show in it. */
  readonly now: () => number;
  /** Unconfirmed records were given up. */
  readonly onLost: (records: number) => void;
  /** A write failed; it is tried again. */
  readonly onFault: (error: JournalError) => void;
}

const TICK_MS = 500;
/** Between two slices: taps go first. */
const SLICE_PAUSE_MS = 5;
/** Parts of what the journal may use above which room is made, and up to which. */
const HIGH_WATER = 0.9;
const LOW_WATER = 0.85;

export class JournalSpace {
  readonly #options: SpaceOptions;
  readonly #marks: ConfirmedMarks;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  /** As told, and as kept on disk. */
  readonly #told: Record<CursorName, number>;
  readonly #kept: Record<CursorName, number>;
  #making: Promise<void> = Promise.resolve();
  #lost = 0;

  /** Begins to look at once. */
  constructor(options: SpaceOptions) {
    const { journal } = options;
    this.#options = options;
    this.#marks = new ConfirmedMarks(options.keepConfirmedMs, journal.note(MARKS_NOTE));
    this.#kept = { confirmed: journal.cursor(CURSORS.confirmed), rejudged: journal.cursor(CURSORS.rejudged) };
    this.#told = { ...this.#kept };
    this.#done = this.#run();
  }

  /** Newest position the platform has confirmed. */
  get confirmedPosition(): number {
    return this.#told.confirmed;
  }

  /** Records on disk that the platform has not confirmed. */
  get unconfirmedRecords(): number {
    const { syncedPosition, firstPosition } = this.#options.journal;
    return Math.max(0, syncedPosition - Math.max(this.#told.confirmed, firstPosition - 1));
  }

  /** Records given up unconfirmed since the start. */
  get lostRecords(): number {
    return this.#lost;
  }

  /** The platform has confirmed everything up to a position, in the epoch in force. Kept with the next look. */
  confirmed(position: number): void {
    this.#told.confirmed = Math.max(this.#told.confirmed, position);
  }

  /** Everything up to a position was judged again. Kept with the next look. */
  rejudged(position: number): void {
    this.#told.rejudged = Math.max(this.#told.rejudged, position);
  }

  /**
   * Begins a new epoch, behind whatever is under way: what was told of positions behind its beginning, also meanwhile,
   * was so under other names. Rejects with JournalError; then nothing has changed.
   */
  async beginEpoch(change: EpochChange): Promise<EpochSpan> {
    const begun = this.#making.then(async () => {
      const span = await this.#options.journal.beginEpoch(change);
      for (const name of CURSOR_NAMES) {
        this.#told[name] = Math.min(this.#told[name], change.after);
        this.#kept[name] = Math.min(this.#kept[name], change.after);
      }
      this.#marks.cut(change.after);
      return span;
    });
    this.#making = begun.then(
      () => {},
      () => {},
    );
    return await begun;
  }

  /** Looks now, behind a look that is under way: keeps what was told, and makes room. Resolves when that is done. */
  makeRoom(): Promise<void> {
    this.#making = this.#making.then(() => this.#makeRoom());
    return this.#making;
  }

  /** Keeps what was told, then stops. To be called before the journal is closed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
    await this.#making;
    if (!this.#options.journal.refusal) await this.#saveCursors().catch(this.#fault);
  }

  readonly #fault = (error: unknown): void => {
    this.#options.onFault(
      error instanceof JournalError ? error : new JournalError('io', String(error), { cause: error }),
    );
  };

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.makeRoom();
      await wait(this.#options.tickMs ?? TICK_MS, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async #makeRoom(): Promise<void> {
    try {
      if (this.#options.journal.refusal) return;
      await this.#saveCursors();
      await this.#forget(this.#aged(), () => true);
      await this.#forget(this.#kept.confirmed, this.#scarcity());
      if (this.#options.whenFull === 'drop_oldest')
        await this.#forget(Number.MAX_SAFE_INTEGER, this.#scarcity());
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#fault(error);
    }
  }

  /** Before anything is forgotten, what it is forgotten for is on disk. */
  async #saveCursors(): Promise<void> {
    const { journal, now } = this.#options;
    for (const name of CURSOR_NAMES) {
      const position = this.#told[name];
      if (position <= this.#kept[name]) continue;
      await journal.saveCursor(CURSORS[name], position);
      this.#kept[name] = position;
    }
    if (this.#marks.note(this.#kept.confirmed, now()))
      await journal.saveNote(MARKS_NOTE, this.#marks.bytes());
  }

  /** What was confirmed long ago, and need not be judged again. */
  #aged(): number {
    const { now } = this.#options;
    return Math.min(this.#marks.expired(now()), this.#kept.rejudged);
  }

  /** Whether to go on making room: from the high water mark down to the low one. */
  #scarcity(): () => boolean {
    const { bound } = this.#options.journal;
    const scarce = bound.usedBytes > bound.boundBytes * HIGH_WATER;
    return () => scarce && bound.usedBytes > bound.boundBytes * LOW_WATER;
  }

  /** Forgets the oldest records up to a position while it is told to go on. */
  async #forget(through: number, goOn: () => boolean): Promise<void> {
    const { journal, neededMs, now } = this.#options;
    const { signal } = this.#stopping;
    if (through < Math.max(1, journal.firstPosition) || !goOn()) return;
    // The newest record stays, because positions go on from it.
    const last = Math.min(through, journal.lastBefore(now() - neededMs()), journal.syncedPosition - 1);
    while (!signal.aborted && !journal.refusal && goOn()) {
      const first = journal.firstPosition;
      const end = Math.min(last, first + TRIM_RECORDS - 1);
      if (first === 0 || end < first) return;
      await journal.trim(end);
      this.#countLost(first, end);
      await wait(SLICE_PAUSE_MS, undefined, { signal }).catch(() => {});
    }
  }

  #countLost(first: number, last: number): void {
    const lost = last - Math.max(first - 1, this.#kept.confirmed);
    if (lost <= 0) return;
    this.#lost += lost;
    this.#options.onLost(lost);
  }
}

/** Name under which the marks of when what was confirmed are kept. */
const CURSOR_NAMES = ['confirmed', 'rejudged'] as const;
type CursorName = (typeof CURSOR_NAMES)[number];
