import { describe, expect, test } from 'vitest';
import { ReplayWindow } from '../../gateway/tap/replay-window.ts';

const key = (n: number) => new Uint8Array(Buffer.from(n.toString(16).padStart(32, '0'), 'hex').reverse());
const start = 1_800_000_000_000;

/** Numbers below a bound, the same each time (Lehmer, MINSTD). */
function seededNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

describe('replay window', () => {
  test('a key is taken once until its time is over', () => {
    const window = new ReplayWindow(100, start);
    expect(window.take(key(1), start + 5_000, start)).toBe('first');
    expect(window.take(key(1), start + 5_000, start + 4_999)).toBe('seen');
    expect(window.take(key(1), start + 5_000, start + 5_000)).toBe('seen');
    expect(window.take(key(2), start + 5_000, start)).toBe('first');
    expect(window.size).toBe(2);
    expect(window.take(key(1), start + 20_000, start + 6_000)).toBe('first');
    expect(window.size).toBe(1);
  });

  test('a full window forgets nothing and says so', () => {
    const window = new ReplayWindow(2, start);
    window.take(key(1), start + 1_000, start);
    window.take(key(2), start + 60_000, start);
    expect(window.take(key(3), start + 60_000, start)).toBe('full');
    expect(window.take(key(2), start + 60_000, start)).toBe('seen');
    expect(window.take(key(3), start + 60_000, start + 2_000)).toBe('first');
  });

  test('a clock set back forgets nothing', () => {
    const window = new ReplayWindow(100, start);
    window.take(key(1), start + 10_000, start);
    expect(window.take(key(1), start + 10_000, start - 3_600_000)).toBe('seen');
  });

  test('a clock set far forward does not stall, and expires everything', () => {
    const window = new ReplayWindow(10_000, start);
    for (let i = 0; i < 5_000; i += 1) window.take(key(i), start + i, start);
    expect(window.take(key(1), start + 1e12, start + 9e11)).toBe('first');
    expect(window.size).toBe(1);
  });

  test('a key already over when it is taken is still remembered for a moment', () => {
    const window = new ReplayWindow(10, start);
    expect(window.take(key(1), start - 50_000, start)).toBe('first');
    expect(window.take(key(1), start - 50_000, start)).toBe('seen');
  });

  test('a released key can be taken again', () => {
    const window = new ReplayWindow(10, start);
    window.take(key(1), start + 1_000, start);
    window.release(key(1));
    expect(window.size).toBe(0);
    expect(window.take(key(1), start + 1_000, start)).toBe('first');
    window.release(key(9));
    expect(window.size).toBe(1);
  });

  test('says what a plain set with times says, through takes, releases and clocks that jump', () => {
    const window = new ReplayWindow(60, start);
    const until = new Map<number, number>();
    let [now, purged] = [start, Math.floor(start / 1_000) - 1];
    const random = seededNumbers(20_261_122);
    for (let step = 0; step < 60_000; step += 1) {
      now += random(100) === 0 ? random(40_000) - 10_000 : random(20);
      const n = random(200);
      if (random(10) === 0) {
        window.release(key(n));
        until.delete(n);
      } else {
        purged = Math.max(purged, Math.floor(now / 1_000) - 1);
        for (const [each, slice] of until) if (slice <= purged) until.delete(each);
        const untilMs = now + random(15_000) - 1_000;
        const expected = until.has(n) ? 'seen' : until.size >= 60 ? 'full' : 'first';
        expect(window.take(key(n), untilMs, now)).toBe(expected);
        if (expected === 'first') until.set(n, Math.max(Math.floor(untilMs / 1_000), purged + 1));
      }
      expect(window.size).toBe(until.size);
    }
  });

  test('remembers every one of many, over and over', () => {
    const window = new ReplayWindow(50_000, start);
    for (let round = 0; round < 4; round += 1) {
      const now = start + round * 10_000;
      const verdicts = { first: 0, seen: 0, full: 0 };
      for (let i = 0; i < 40_000; i += 1) verdicts[window.take(key(i), now + 5_000, now)] += 1;
      expect(verdicts).toEqual({ first: 40_000, seen: 0, full: 0 });
      for (let i = 0; i < 40_000; i += 1) verdicts[window.take(key(i), now + 5_000, now)] += 1;
      expect(verdicts).toEqual({ first: 40_000, seen: 40_000, full: 0 });
      expect(window.size).toBe(40_000);
    }
  });

  test('a key of another length is refused', () => {
    const window = new ReplayWindow(10, start);
    expect(() => window.take(new Uint8Array(15), start, start)).toThrow(RangeError);
  });
});
