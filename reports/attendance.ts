/**
 * Who was inside an area when, from entries and exits that were allowed. A turn is an entry and the exit that follows it; it
 * belongs to the day of its entry, also when it ends after midnight.
 */
import { OnecardError } from '../config/onecard-error.ts';
import type { LocalTime } from './local-time.ts';
import type { Tapped } from './tapped.ts';

export interface AreaScene {
  readonly passes: 'entry' | 'exit';
  /** Who entered longer ago than this is inside no more. */
  readonly insideMsMax: number;
  readonly retentionDays: number;
}

export interface AttendanceWish {
  /** Scenes of the area by name. */
  readonly scenes: ReadonlyMap<string, AreaScene>;
  /** Turns that begin at or after, and before, milliseconds since 1970 UTC: where days begin. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** When the report is made: records older than their scene's retention are left out. */
  readonly nowMs: number;
  /** Whoever a pseudonym belongs to is called by, the same for one person under several keys; null: nobody knows. */
  readonly personOf: (key: string, subject: string) => string;
}

export interface AttendanceRow {
  readonly person: string;
  /** 2026-11-30. */
  readonly day: string;
  /** Null: there was none that day. */
  readonly firstEntryMs: number | null;
  /** Of the turns that began that day, or of an exit without an entry that day. */
  readonly lastExitMs: number | null;
  /** Sum of the turns that have an exit. */
  readonly insideMs: number;
  readonly turns: number;
  /** Entries without an exit; they add nothing to the time inside. */
  readonly openTurns: number;
  /** They add nothing to it either. */
  readonly exitsWithoutEntry: number;
}

export interface Attendance {
  /** By person, then day. */
  readonly rows: readonly AttendanceRow[];
  /** Taps of the area that are older than their scene's `retention_days`. */
  readonly pastRetention: number;
}

const DAY_MS = 86_400_000;
const PASSES_MAX = 5_000_000;

/** More passages than are kept at once. */
export class AttendanceError extends OnecardError {
  override readonly name = 'AttendanceError';
  readonly code = 'too_many_passages';
}

interface Pass {
  readonly atMs: number;
  readonly isEntry: boolean;
  readonly insideMsMax: number;
}

export class AttendanceCount {
  readonly #wish: AttendanceWish;
  readonly #time: LocalTime;
  readonly #passes = new Map<string, Pass[]>();
  #pastRetention = 0;
  #kept = 0;

  constructor(wish: AttendanceWish, time: LocalTime) {
    this.#wish = wish;
    this.#time = time;
  }

  /** Throws AttendanceError when there are too many. In any order; times outside the span are looked at as well, for turns that began before it or end behind it. */
  add({ scene, outcome, atMs, subject, key }: Tapped): void {
    const rules = this.#wish.scenes.get(scene);
    if (rules === undefined || outcome !== 'allow' || subject === null) return;
    const { passes, insideMsMax, retentionDays } = rules;
    const { fromMs, untilMs, nowMs, personOf } = this.#wish;
    if (atMs < fromMs - insideMsMax || atMs >= untilMs + insideMsMax) return;
    if (atMs < nowMs - retentionDays * DAY_MS) {
      if (atMs >= fromMs && atMs < untilMs) this.#pastRetention += 1;
      return;
    }
    this.#kept += 1;
    if (this.#kept > PASSES_MAX) {
      throw new AttendanceError(`more than ${PASSES_MAX} passages: ask for fewer days, by --day`);
    }
    const person = personOf(key, subject);
    const known = this.#passes.get(person) ?? [];
    if (known.length === 0) this.#passes.set(person, known);
    known.push({ atMs, isEntry: passes === 'entry', insideMsMax });
  }

  report(): Attendance {
    const rows = [...this.#passes].flatMap(([person, passes]) => this.#daysOf(person, passes));
    rows.sort((a, b) => a.person.localeCompare(b.person) || a.day.localeCompare(b.day));
    return { rows, pastRetention: this.#pastRetention };
  }

  #daysOf(person: string, passes: readonly Pass[]): AttendanceRow[] {
    const days = new Map<string, Mutable<AttendanceRow>>();
    const dayOf = (atMs: number): Mutable<AttendanceRow> | null => {
      if (atMs < this.#wish.fromMs || atMs >= this.#wish.untilMs) return null;
      const day = this.#time.dayOf(atMs);
      const row = days.get(day) ?? emptyDay(person, day);
      days.set(day, row);
      return row;
    };
    let entered: Pass | null = null;
    const leaveOpen = () => {
      const row = entered && dayOf(entered.atMs);
      if (row) row.openTurns += 1;
      entered = null;
    };
    for (const pass of passes.toSorted((a, b) => a.atMs - b.atMs)) {
      if (entered !== null && (pass.isEntry || isTooLate(entered, pass))) leaveOpen();
      if (pass.isEntry) {
        entered = pass;
        const row = dayOf(pass.atMs);
        if (row) row.firstEntryMs ??= pass.atMs;
        continue;
      }
      const row = dayOf((entered ?? pass).atMs);
      if (row) {
        row.lastExitMs = pass.atMs;
        if (entered === null) row.exitsWithoutEntry += 1;
        else {
          row.turns += 1;
          row.insideMs += pass.atMs - entered.atMs;
        }
      }
      entered = null;
    }
    leaveOpen();
    return [...days.values()];
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function isTooLate(entered: Pass, exit: Pass): boolean {
  return exit.atMs - entered.atMs > entered.insideMsMax;
}

function emptyDay(person: string, day: string): Mutable<AttendanceRow> {
  return {
    person,
    day,
    firstEntryMs: null,
    lastExitMs: null,
    insideMs: 0,
    turns: 0,
    openTurns: 0,
    exitsWithoutEntry: 0,
  };
}
