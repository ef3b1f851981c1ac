/** What two readings of the board say of the time between them. Pure. */
import type { BoardReading } from '../../gateway/desk/desk-core.ts';

/** A reading, and when it came by the desk's own steady clock, milliseconds. */
export interface Timed {
  readonly at: number;
  readonly reading: BoardReading;
}

export interface ClassRate {
  readonly class: string;
  readonly taps_per_s: number;
  /** Null: there were none. */
  readonly p50_ms: number | null;
  readonly p90_ms: number | null;
  readonly p99_ms: number | null;
}

type Latency = BoardReading['latency'][number];

export function classRates(before: Timed, now: Timed): ClassRate[] {
  const seconds = (now.at - before.at) / 1_000;
  return now.reading.latency.map((latency) => {
    const earlier = before.reading.latency.find((each) => each.class === latency.class);
    const counts = latency.buckets.map(
      ([le, count], i) => [le, count - (earlier?.buckets[i]?.[1] ?? 0)] as const,
    );
    const taps = latency.count - (earlier?.count ?? 0);
    const at = (share: number) => (taps <= 0 ? null : quantileMs(counts, taps, share));
    return {
      class: latency.class,
      taps_per_s: seconds > 0 ? rounded(Math.max(0, taps) / seconds) : 0,
      ...{ p50_ms: at(0.5), p90_ms: at(0.9), p99_ms: at(0.99) },
    };
  });
}

/** As Prometheus' histogram_quantile: within a bucket as if all were evenly spread; above the last bound, that bound. */
function quantileMs(buckets: Latency['buckets'], total: number, share: number): number {
  const rank = share * total;
  let [below, from] = [0, 0];
  for (const [le, count] of buckets) {
    if (count >= rank) {
      const inside = count - below;
      return rounded((from + (inside === 0 ? 0 : ((rank - below) / inside) * (le - from))) * 1_000);
    }
    [below, from] = [count, le];
  }
  return rounded(from * 1_000);
}

export interface Decided {
  readonly outcome: string;
  readonly code: string;
  readonly count: number;
}

/** Decisions by code between two readings, most first; those there were none of are left out. */
export function decidedBetween(before: Timed, now: Timed): Decided[] {
  const earlier = new Map(before.reading.decided.map(({ code, count }) => [code, count]));
  return now.reading.decided
    .map((each) => ({ ...each, count: each.count - (earlier.get(each.code) ?? 0) }))
    .filter(({ count }) => count > 0)
    .sort((one, other) => other.count - one.count);
}

const rounded = (value: number) => Math.round(value * 100) / 100;
