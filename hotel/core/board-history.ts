/** The last quarter of an hour of the board: a point every five seconds, and the readings that rates are made of. */
import { type ClassRate, classRates, type Decided, decidedBetween, type Timed } from './board-rates.ts';

/** Percentiles and rates are of so long. */
const WINDOW_MS = 10_000;
const POINT_MS = 5_000;
const HISTORY_MS = 900_000;
const POINTS_MAX = HISTORY_MS / POINT_MS;

export interface BoardPoint {
  readonly at_ms: number;
  readonly classes: readonly ClassRate[];
  readonly queued: number;
}

export class BoardHistory {
  /** Of the last window, one a second at most. */
  #recent: Timed[] = [];
  /** One for each point. */
  readonly #readings: Timed[] = [];
  readonly #points: BoardPoint[] = [];

  get points(): readonly BoardPoint[] {
    return this.#points;
  }

  /** The same reading again changes nothing. */
  add(now: Timed): void {
    const last = this.#recent.at(-1);
    if (last?.reading.atMs === now.reading.atMs) return;
    const since = now.at - WINDOW_MS;
    // One from before the window stays, so that there is something to compare with.
    const first = this.#recent.findLastIndex(({ at }) => at <= since);
    this.#recent = [...this.#recent.slice(Math.max(0, first)), now];
    const before = this.#readings.at(-1);
    if (before === undefined) this.#readings.push(now);
    else if (now.at - before.at >= POINT_MS) this.#addPoint(before, now);
  }

  /** Over the window that ends with the newest reading. */
  rates(): readonly ClassRate[] {
    const [before] = this.#recent;
    const now = this.#recent.at(-1);
    return before === undefined || now === undefined ? [] : classRates(before, now);
  }

  /** Decisions of the history and up to now. */
  decided(): readonly Decided[] {
    const [before] = this.#readings;
    const now = this.#recent.at(-1);
    return before === undefined || now === undefined ? [] : decidedBetween(before, now);
  }

  #addPoint(before: Timed, now: Timed): void {
    this.#readings.push(now);
    const { atMs, queued } = now.reading;
    this.#points.push({ at_ms: atMs, classes: classRates(before, now), queued });
    if (this.#points.length > POINTS_MAX) this.#points.shift();
    if (this.#readings.length > POINTS_MAX + 1) this.#readings.shift();
  }
}
