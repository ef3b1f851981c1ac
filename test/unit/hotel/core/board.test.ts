/** Rates, percentiles and history of the board, out of sums that only go up. */
import { expect, test } from 'vitest';
import type { BoardReading } from '../../../../gateway/desk/desk-core.ts';
import { BoardHistory } from '../../../../hotel/core/board-history.ts';
import { classRates, decidedBetween, type Timed } from '../../../../hotel/core/board-rates.ts';

const NAMES = { count: 0, names: [] };
const BOUNDS = [0.001, 0.01, 0.1];

/** `taps`: counts in each bucket and above all, of class gate. */
function reading(at: number, taps: readonly number[], decided: Readonly<Record<string, number>> = {}): Timed {
  let sum = 0;
  const cumulative = taps.map((count) => {
    sum += count;
    return sum;
  });
  return {
    at,
    reading: {
      ...{ atMs: 1_000_000 + at, mode: 'live', modeSinceMs: 0, lists: [], connections: 0, queued: 2 },
      ...{ gates: { up: NAMES, down: NAMES }, outboxWaiting: 0 },
      decided: Object.entries(decided).map(([code, count]) => ({ outcome: 'allow', code, count })),
      latency: [
        {
          ...{ class: 'gate', count: sum, sumSeconds: 0 },
          buckets: BOUNDS.map((bound, i) => [bound, cumulative[i] ?? 0] as const),
        },
      ],
    } satisfies BoardReading,
  };
}

test('rates and percentiles are of the time between two readings', () => {
  const [before, now] = [reading(0, [1_000, 0, 0, 0]), reading(10_000, [1_050, 40, 10, 0])];
  expect(classRates(before, now)).toEqual([
    { class: 'gate', taps_per_s: 10, p50_ms: 1, p90_ms: 10, p99_ms: 91 },
  ]);
});

test('of no taps there are no percentiles; above the last bound that bound is said', () => {
  expect(classRates(reading(0, [5, 0, 0, 0]), reading(1_000, [5, 0, 0, 0]))).toEqual([
    { class: 'gate', taps_per_s: 0, p50_ms: null, p90_ms: null, p99_ms: null },
  ]);
  expect(classRates(reading(0, [0, 0, 0, 0]), reading(1_000, [0, 0, 0, 3]))[0]?.p50_ms).toBe(100);
});

test('decisions by code are of the time between, most first', () => {
  const before = reading(0, [], { 'allow.good': 10, 'deny.replayed': 4 });
  const now = reading(1, [], { 'allow.good': 12, 'deny.replayed': 4, 'deny.status_lost': 9 });
  expect(decidedBetween(before, now).map(({ code, count }) => [code, count])).toEqual([
    ['deny.status_lost', 9],
    ['allow.good', 2],
  ]);
});

test('the history has a point each five seconds for a quarter of an hour, and no more', () => {
  const history = new BoardHistory();
  for (let second = 0; second <= 1_000; second += 1) {
    history.add(reading(second * 1_000, [second * 7, 0, 0, 0], { 'allow.good': second * 7 }));
  }
  expect(history.points).toHaveLength(180);
  const ends = history.points.map(({ at_ms }) => at_ms);
  expect([ends[0], ends.at(-1)]).toEqual([1_000_000 + 105_000, 1_000_000 + 1_000_000]);
  expect(new Set(history.points.map(({ classes }) => classes[0]?.taps_per_s))).toEqual(new Set([7]));
  expect(history.rates()[0]?.taps_per_s).toBe(7);
  // Of the quarter of an hour, not since the start.
  expect(history.decided()).toEqual([{ outcome: 'allow', code: 'allow.good', count: 900 * 7 }]);
});

test('one reading alone says nothing of rates', () => {
  const history = new BoardHistory();
  expect([history.rates(), history.decided()]).toEqual([[], []]);
  history.add(reading(0, [1, 0, 0, 0]));
  history.add(reading(1, [1, 0, 0, 0]));
  expect(history.points).toEqual([]);
});
