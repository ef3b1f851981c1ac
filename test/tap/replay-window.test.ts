import { describe, expect, test } from 'vitest';
import { ReplayWindow } from '../../gateway/tap/replay-window.ts';

const key = (n: number) => new Uint8Array(Buffer.from(n.toString(16).padStart(32, '0'), 'hex').reverse());
const start = 1_800_000_000_000;

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
});
