/** Answers that clients have not taken: bounded in all, and in time. */
import { expect, test, vi } from 'vitest';
import { UnreadAnswers } from '../../../../gateway/transport/taps/unread-answers.ts';

test('over the bound of all together, who has most is cut', () => {
  const unread = new UnreadAnswers({ unread_bytes: 100, unread_ms: 1_000 });
  const cut: string[] = [];
  const small = unread.begin(30, () => cut.push('small'));
  unread.begin(60, () => cut.push('large'));
  expect(cut).toEqual([]);
  small.left(50);
  expect(cut).toEqual(['large']);
  expect(unread.bytes).toBe(50);
  small.over();
  small.over();
  expect(unread.bytes).toBe(0);
});

test('one that alone is over the bound is cut at once', () => {
  const unread = new UnreadAnswers({ unread_bytes: 100, unread_ms: 1_000 });
  const cut = vi.fn();
  unread.begin(101, cut).over();
  expect(cut).toHaveBeenCalledOnce();
  expect(unread.bytes).toBe(0);
});

test('who takes nothing in time is cut, and who takes some is not', () => {
  vi.useFakeTimers();
  try {
    let now = 0;
    const unread = new UnreadAnswers({ unread_bytes: 1_000, unread_ms: 1_000 }, () => now);
    const cut: string[] = [];
    unread.begin(10, () => cut.push('idle'));
    const taking = unread.begin(10, () => cut.push('taking'));
    now = 900;
    taking.left(5);
    now = 1_100;
    vi.advanceTimersByTime(500);
    expect(cut).toEqual(['idle']);
    now = 2_000;
    vi.advanceTimersByTime(500);
    expect(cut).toEqual(['idle', 'taking']);
  } finally {
    vi.useRealTimers();
  }
});
