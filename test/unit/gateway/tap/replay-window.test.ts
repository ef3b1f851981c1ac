import { describe, expect, test } from 'vitest';
import { ReplayWindow } from '../../../../gateway/tap/5-decide/replay-window.ts';

const key = (n: number) => new Uint8Array(Buffer.from(n.toString(16).padStart(32, '0'), 'hex').reverse());
const start = 1_800_000_000_000;

let devices = 0;

/** As a tap does, by default of a device of its own: looks, and remembers what is new. */
function take(window: ReplayWindow, one: Uint8Array, untilMs: number, forgetMs: number, device?: string) {
  if (window.hasSeen(one, forgetMs)) return 'seen';
  devices += 1;
  const room = window.remember(one, untilMs, device ?? `gate-${devices}`);
  return room === 'remembered' ? 'first' : room;
}

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
    expect(take(window, key(1), start + 5_000, start)).toBe('first');
    expect(take(window, key(1), start + 5_000, start + 4_999)).toBe('seen');
    expect(take(window, key(1), start + 5_000, start + 5_000)).toBe('seen');
    expect(take(window, key(2), start + 5_000, start)).toBe('first');
    expect(window.size).toBe(2);
    expect(take(window, key(1), start + 20_000, start + 6_000)).toBe('first');
    expect(window.size).toBe(1);
  });

  test('a full window forgets nothing and says so', () => {
    const window = new ReplayWindow(2, start);
    take(window, key(1), start + 1_000, start);
    take(window, key(2), start + 60_000, start);
    expect(take(window, key(3), start + 60_000, start)).toBe('full');
    expect(take(window, key(2), start + 60_000, start)).toBe('seen');
    expect(take(window, key(3), start + 60_000, start + 2_000)).toBe('first');
  });

  test('a clock set back forgets nothing', () => {
    const window = new ReplayWindow(100, start);
    take(window, key(1), start + 10_000, start);
    expect(take(window, key(1), start + 10_000, start - 3_600_000)).toBe('seen');
  });

  test('a clock set far forward does not stall, and expires everything', () => {
    const window = new ReplayWindow(10_000, start);
    for (let i = 0; i < 5_000; i += 1) take(window, key(i), start + i, start);
    expect(take(window, key(1), start + 1e12, start + 9e11)).toBe('first');
    expect(window.size).toBe(1);
  });

  test('a key already over when it is taken is still remembered for a moment', () => {
    const window = new ReplayWindow(10, start);
    expect(take(window, key(1), start - 50_000, start)).toBe('first');
    expect(take(window, key(1), start - 50_000, start)).toBe('seen');
  });

  test('a released key can be taken again', () => {
    const window = new ReplayWindow(10, start);
    take(window, key(1), start + 1_000, start);
    window.release(key(1));
    expect(window.size).toBe(0);
    expect(take(window, key(1), start + 1_000, start)).toBe('first');
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
        expect(take(window, key(n), untilMs, now)).toBe(expected);
        if (expected === 'first') until.set(n, Math.max(Math.floor(untilMs / 1_000), purged + 1));
      }
      expect(window.size).toBe(until.size);
    }
  });

  test('remembers every one of many, over and over', () => {
    const window = new ReplayWindow(50_000, start);
    for (let round = 0; round < 4; round += 1) {
      const now = start + round * 10_000;
      const verdicts = { first: 0, seen: 0, full: 0, device_full: 0 };
      for (let i = 0; i < 40_000; i += 1) verdicts[take(window, key(i), now + 5_000, now)] += 1;
      expect(verdicts).toEqual({ first: 40_000, seen: 0, full: 0, device_full: 0 });
      for (let i = 0; i < 40_000; i += 1) verdicts[take(window, key(i), now + 5_000, now)] += 1;
      expect(verdicts).toEqual({ first: 40_000, seen: 40_000, full: 0, device_full: 0 });
      expect(window.size).toBe(40_000);
    }
  });

  test('a key of another length is refused', () => {
    const window = new ReplayWindow(10, start);
    expect(() => take(window, new Uint8Array(15), start, start)).toThrow(RangeError);
  });

  test('a device takes no more than it leaves to others, however many flood', () => {
    const window = new ReplayWindow(1_000, start);
    let made = 0;
    const fresh = () => {
      made += 1;
      return key(made);
    };
    const flood = (device: string) => {
      let taken = 0;
      while (take(window, fresh(), start + 5_000, start, device) === 'first') taken += 1;
      return taken;
    };
    expect(flood('a')).toBe(500);
    expect(flood('b')).toBe(250);
    expect(flood('c')).toBe(125);
    expect(take(window, fresh(), start + 5_000, start, 'a')).toBe('device_full');
    expect(take(window, fresh(), start + 5_000, start, 'honest')).toBe('first');
  });

  test('a device has a bound of its own, and room again once what it showed is forgotten', () => {
    const window = new ReplayWindow(1_000, start, 10);
    for (let i = 0; i < 10; i += 1) expect(take(window, key(i), start + 5_000, start, 'a')).toBe('first');
    expect(take(window, key(10), start + 5_000, start, 'a')).toBe('device_full');
    expect(take(window, key(11), start + 5_000, start, 'b')).toBe('first');
    window.release(key(3));
    expect(take(window, key(10), start + 5_000, start, 'a')).toBe('first');
    expect(take(window, key(12), start + 20_000, start + 7_000, 'a')).toBe('first');
  });

  test('what was used before the start is remembered beyond every bound', () => {
    const window = new ReplayWindow(2, start, 1);
    for (let i = 0; i < 5; i += 1) window.restore(key(i), start + 5_000, start, 'a');
    window.restore(key(0), start + 5_000, start, 'a');
    expect(window.size).toBe(5);
    for (let i = 0; i < 5; i += 1) expect(window.hasSeen(key(i), start)).toBe(true);
    expect(window.remember(key(9), start + 5_000, 'b')).toBe('full');
  });
});
