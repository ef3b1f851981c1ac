/**
 * Events, written in the same commit as what they tell of, under numbers that only go up: across restarts, and across a
 * process that was killed. Whoever reads by cursor misses none, since nothing is shown above a number that is still being
 * written.
 */
import { HotelError } from '../hotel-error.ts';
import type { GuestRegister, Put, RegisterChange } from '../register/guest-register.ts';
import type { DeskEvent, EventKind } from './event.ts';

export interface Happening {
  readonly kind: EventKind;
  readonly stayId?: string;
  readonly guestId?: string;
  readonly reportId?: string;
}

interface EventLogOptions {
  readonly register: Pick<GuestRegister, 'commit' | 'get' | 'scan'>;
  readonly now: () => number;
  /** How long events are kept. */
  readonly keepMs: number;
}

/** Numbers have sixteen digits, so rows are in their order. */
export const eventId = (seq: number): string => String(seq).padStart(16, '0');

/** Attempts to write where another desk of the hotel took the numbers first. */
const NUMBERINGS_MAX = 16;
const DAY_MS = 86_400_000;

export class EventLog {
  readonly #options: EventLogOptions;
  readonly #writing = new Set<number>();
  readonly #listeners = new Set<() => void>();
  #lastSeq: number;

  private constructor(options: EventLogOptions, lastSeq: number) {
    this.#options = options;
    this.#lastSeq = lastSeq;
  }

  /** Rejects with HotelError as the register does. */
  static async open(options: EventLogOptions): Promise<EventLog> {
    // Where all were purged none may come again, and no cursor be ahead: fewer than one a millisecond were ever given.
    return new EventLog(options, (await lastSeqOf(options.register)) ?? Math.floor(options.now()));
  }

  /**
   * Writes a change with its events, all or nothing; durable when it resolves. Rejects with HotelError as the register
   * does; then nothing is written, and numbers may be left out.
   */
  async commit(change: RegisterChange, happenings: readonly Happening[]): Promise<void> {
    for (let left = NUMBERINGS_MAX; ; left -= 1) {
      const first = this.#lastSeq + 1;
      this.#lastSeq += happenings.length;
      this.#writing.add(first);
      try {
        const events = this.#puts(first, happenings);
        await this.#options.register.commit({ ...change, puts: [...change.puts, ...events] });
        break;
      } catch (cause) {
        if (left === 0 || !(await this.#isTaken(first, happenings.length, cause))) throw cause;
      } finally {
        this.#writing.delete(first);
        if (happenings.length > 0) for (const listener of this.#listeners) listener();
      }
    }
  }

  /** The highest number that was given out. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Events after `seq`, oldest first. */
  async after(seq: number, limit: number): Promise<readonly DeskEvent[]> {
    const lowest = Math.min(...this.#writing, Number.MAX_SAFE_INTEGER);
    const { rows } = await this.#options.register.scan('event', eventId(seq), limit);
    return rows.map(({ value }) => value).filter((event) => event.seq < lowest);
  }

  /** Called after each commit that had events. Answers how to end that. */
  onWritten(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #puts(first: number, happenings: readonly Happening[]): Put<'event'>[] {
    const atMs = this.#options.now();
    const purgeDay = new Date(atMs + this.#options.keepMs + DAY_MS).toISOString().slice(0, 10);
    return happenings.map(({ kind, stayId = null, guestId = null, reportId = null }, index) => {
      const seq = first + index;
      return {
        ...{ table: 'event', id: eventId(seq), expectVersion: null, purgeDay, indexes: [] },
        value: { seq, kind, atMs, stayId, guestId, reportId },
      };
    });
  }

  /** Whether a conflict is one of numbers: another desk writes to the same store. */
  async #isTaken(first: number, count: number, cause: unknown): Promise<boolean> {
    if (!(cause instanceof HotelError) || cause.code !== 'conflict' || count === 0) return false;
    const { register } = this.#options;
    const { rows } = await register.scan('event', eventId(first - 1), 1);
    const [taken] = rows;
    if (taken === undefined || taken.value.seq >= first + count) return false;
    this.#lastSeq = Math.max(this.#lastSeq, (await lastSeqOf(register)) ?? 0);
    return true;
  }
}

/** Null: there is none. The port reads upwards alone, so the end is found by halving. */
async function lastSeqOf(register: Pick<GuestRegister, 'scan'>): Promise<number | null> {
  const firstAfter = async (seq: number) =>
    (await register.scan('event', eventId(seq), 1)).rows[0]?.value.seq;
  let low = await firstAfter(0);
  if (low === undefined) return null;
  for (let high = Number.MAX_SAFE_INTEGER; low < high; ) {
    const middle: number = low + Math.floor((high - low) / 2);
    const found: number | undefined = await firstAfter(middle);
    if (found === undefined) high = middle;
    else low = found;
  }
  return low;
}
