/** Arrivals and tallies of the benchmark, without a gateway. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { arrivalTimes } from '../../bench/drive/arrivals.ts';
import { NO_CODE, type Outcomes, UNSENT } from '../../bench/drive/protocol.ts';
import { tally } from '../../bench/drive/tally.ts';
import { dayCurve } from '../../bench/profiles/rush-hour.ts';

describe('arrivals', () => {
  const of = (seed: string, process: 'poisson' | 'constant' = 'poisson') =>
    arrivalTimes({ process, seconds: 20, ratePerS: () => 1_000, seed });

  test('a Poisson process of the rate, the same for the same seed', () => {
    const times = of('a');
    // Six standard deviations of a Poisson count of 20,000.
    expect(Math.abs(times.length - 20_000)).toBeLessThan(6 * Math.sqrt(20_000));
    const gaps = Array.from(times.subarray(1), (at, i) => at - (times[i] ?? 0));
    const variance = gaps.reduce((sum, gap) => sum + (gap - 1) ** 2, 0) / gaps.length;
    expect(variance).toBeGreaterThan(0.9);
    expect(variance).toBeLessThan(1.1);
    expect(of('a')).toEqual(times);
    expect(of('b')).not.toEqual(times);
  });

  test('a constant process has equal gaps, and a curve is followed', () => {
    expect(of('a', 'constant').length).toBe(19_999);
    const times = arrivalTimes({
      process: 'constant',
      seconds: 24,
      ratePerS: (part) => 1_000 * dayCurve(part),
      seed: '',
    });
    const within = (hour: number) => times.filter((at) => Math.floor(at / 1_000) === hour).length;
    expect(within(8)).toBeGreaterThan(3 * within(3));
    expect(within(18)).toBeGreaterThan(within(15));
  });
});

describe('a tally', () => {
  const outcomes: Outcomes = {
    latencyUs: Uint32Array.of(1_000, 2_000, 9_000, 0, 0),
    lagUs: Uint32Array.of(10, 1_500, 10, 10, UNSENT),
    codes: Uint8Array.of(0, 1, 2, NO_CODE, NO_CODE),
    names: ['allow.good', 'deny.replayed', 'tap.queue_full'],
    ...{ repeated: 0, cores: [], cpuSeconds: 0, elapsedS: 1, closed: [] },
  };
  const times = Float64Array.of(0, 1, 2, 3, 4);

  test('tells answered, refused, late, unsent, unanswered and wrong apart', () => {
    const decisions = createHash('sha256');
    const seen = tally({ from: 7, times, outcomes: [outcomes], right: () => 'allow.good', decisions });
    expect(seen).toMatchObject({
      ...{ intended: 5, sent: 4, answered: 3, refused: 1, late: 1, unsent: 1, unanswered: 1, wrong: 1 },
      codes: { 'allow.good': 1, 'deny.replayed': 1, 'tap.queue_full': 1 },
      firstWrong: 'tap 8 was answered deny.replayed in place of allow.good',
    });
    expect(seen.latency.count).toBe(2);
    expect(seen.latency.max_ms).toBeCloseTo(2, 1);
    expect(seen.refusals.count).toBe(1);
    const told = '7 allow allow.good\n8 deny deny.replayed\n';
    expect(decisions.digest('hex')).toBe(createHash('sha256').update(told).digest('hex'));
  });

  test('finds each tap in the process that sent it', () => {
    const of = (index: number): Outcomes => ({
      ...outcomes,
      latencyUs: Uint32Array.of(1, 1),
      lagUs: Uint32Array.of(1, 1),
      codes: Uint8Array.of(index, index),
    });
    const seen = tally({
      ...{ from: 0, times: times.subarray(0, 4), outcomes: [of(0), of(1)] },
      right: (i) => (i % 2 === 0 ? 'allow.good' : 'deny.replayed'),
    });
    expect(seen.wrong).toBe(0);
    expect(seen.answered).toBe(4);
  });
});
