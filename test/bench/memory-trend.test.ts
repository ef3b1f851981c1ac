/** What a soak says of memory: how fast it grows once the memory of used presentations is full. */
import { expect, test } from 'vitest';
import { memoryTrend, type Resident } from '../../bench/report/memory-trend.ts';

const FULL_AFTER_MS = 11.5 * 60_000;
const NAME = 'memory, trend after minute 11.5';

/** A sample a second. */
function samples(count: number, mibAt: (second: number) => number): Resident[] {
  return Array.from({ length: count }, (_, second) => [1_700_000_000_000 + second * 1_000, mibAt(second)]);
}

test('growth is told for an hour, whatever goes up and down meanwhile', () => {
  const trend = (mibAt: (second: number) => number) => memoryTrend(samples(600, mibAt), FULL_AFTER_MS);
  expect(trend((second) => 500 + second / 360)).toMatchObject({ name: NAME, unit: 'MiB/hour' });
  expect(trend((second) => 500 + second / 360).value).toBeCloseTo(10, 6);
  expect(trend((second) => 500 + (second % 2)).value).toBeCloseTo(0, 0);
});

test('of less than a minute nothing is told', () => {
  expect(
    memoryTrend(
      samples(59, () => 500),
      FULL_AFTER_MS,
    ),
  ).toEqual({
    name: NAME,
    value: 'the run ended before',
    unit: '',
  });
  expect(
    memoryTrend(
      samples(60, () => 500),
      FULL_AFTER_MS,
    ).value,
  ).toBe(0);
});
