import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CommitPace } from '../../../../gateway/journal/commit-pace.ts';

/** A pace of 10 ms whose commits end at once, and when they began. */
function paced() {
  const began: number[] = [];
  const start = performance.now();
  const pace = new CommitPace(() => {
    pace.began();
    began.push(performance.now() - start);
  }, 10);
  return { pace, began };
}

describe('the pace of commits', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('lets the first begin at once, and one that comes after a pause', () => {
    const { pace, began } = paced();
    pace.wanted();
    expect(began).toEqual([0]);
    vi.advanceTimersByTime(10);
    pace.wanted();
    expect(began).toEqual([0, 10]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('holds one back until the time is over since the one before began, however often it is wanted', () => {
    const { pace, began } = paced();
    pace.wanted();
    vi.advanceTimersByTime(4);
    pace.wanted();
    pace.wanted();
    vi.advanceTimersByTime(5);
    pace.wanted();
    expect(began).toEqual([0]);
    vi.advanceTimersByTime(1);
    expect(began).toEqual([0, 10]);
    vi.advanceTimersByTime(100);
    expect(began).toEqual([0, 10]);
  });

  test('does not wait for a timer that is late', () => {
    const { pace, began } = paced();
    pace.wanted();
    vi.advanceTimersByTime(4);
    pace.wanted();
    // Time passes, and the timer does not fire.
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 7);
    pace.wanted();
    expect(began).toHaveLength(2);
    now.mockRestore();
    vi.advanceTimersByTime(100);
    expect(began).toHaveLength(2);
  });

  test('forgets what it held back when a commit began without it', () => {
    const { pace, began } = paced();
    pace.wanted();
    vi.advanceTimersByTime(4);
    pace.wanted();
    pace.began();
    vi.advanceTimersByTime(100);
    expect(began).toEqual([0]);
    pace.wanted();
    expect(began).toEqual([0, 104]);
  });
});
