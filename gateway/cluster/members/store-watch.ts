/** How the store stands, by what came of the questions since the last look. Pure. */
import type { StoreWord } from './word.ts';

/** Sums since the start. */
export interface StoreSums {
  readonly answered: number;
  readonly late: number;
  readonly failed: number;
  readonly refused: number;
  /** Answers by upper bound of their time in seconds, each with all below it. */
  readonly latency: {
    readonly buckets: readonly (readonly [le: number, count: number])[];
    readonly count: number;
  };
}

export interface StoreTurn {
  readonly reachable: boolean;
  readonly sinceMs: number;
  /** How long it was otherwise, milliseconds. */
  readonly lastedMs: number;
  /** Accepted alone in that time. */
  readonly alone: number;
}

/** Looks over which latency is told. */
const LOOKS_MAX = 10;

export class StoreWatch {
  #looks: StoreSums[] = [];
  #reachable: boolean | null = null;
  #sinceMs: number;
  #answeredAtMs: number | null = null;
  /** Accepted alone up to the last look that saw an answer. */
  #aloneThen = 0;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** To be called again and again. `alone`: accepted alone since the start. Null: it is as it was. */
  look(sums: StoreSums, alone: number, nowMs: number): StoreTurn | null {
    const before = this.#looks.at(-1);
    this.#looks = [...this.#looks, sums].slice(-LOOKS_MAX - 1);
    const answered = sums.answered - (before?.answered ?? 0);
    const unanswered = missed(sums) - (before === undefined ? 0 : missed(before));
    if (answered > 0) this.#answeredAtMs = nowMs;
    const reachable = answered > 0 ? true : unanswered > 0 ? false : this.#reachable;
    const aloneMeanwhile = alone - this.#aloneThen;
    if (answered > 0) this.#aloneThen = alone;
    if (reachable === null || reachable === this.#reachable) return null;
    const turn = { reachable, sinceMs: nowMs, lastedMs: nowMs - this.#sinceMs, alone: aloneMeanwhile };
    this.#reachable = reachable;
    this.#sinceMs = nowMs;
    return turn;
  }

  /** Until the first answer it counts as not reached. */
  word(alone: number): StoreWord {
    const [first, last] = [this.#looks[0], this.#looks.at(-1)];
    return {
      reachable: this.#reachable ?? false,
      since_ms: this.#sinceMs,
      p50_ms: quantile(0.5, first, last),
      p99_ms: quantile(0.99, first, last),
      answered_at_ms: this.#answeredAtMs,
      answered: last?.answered ?? 0,
      late: last === undefined ? 0 : missed(last),
      alone,
    };
  }
}

const missed = ({ late, failed, refused }: StoreSums) => late + failed + refused;

/** Upper bound of the bucket in which so many of the answers between two looks are, milliseconds; null: there are none. */
function quantile(part: number, first: StoreSums | undefined, last: StoreSums | undefined): number | null {
  if (first === undefined || last === undefined) return null;
  const from = first === last ? null : first;
  const count = last.latency.count - (from?.latency.count ?? 0);
  if (count <= 0) return null;
  let highest = 0;
  for (const [i, [le, below]] of last.latency.buckets.entries()) {
    highest = le;
    if (below - (from?.latency.buckets[i]?.[1] ?? 0) >= part * count) break;
  }
  return Math.round(highest * 1_000_000) / 1_000;
}
