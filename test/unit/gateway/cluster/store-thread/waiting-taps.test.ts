/** Taps that wait for the thread of the store: it keeps the deadline, and one that says nothing at all is not waited for. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Taken, Wanted } from '../../../../../gateway/cluster/store/taking.ts';
import { WaitingTaps } from '../../../../../gateway/cluster/store-thread/waiting-taps.ts';

const wanted = (names: number): Wanted => ({
  names: Array.from({ length: names }, () => new Uint8Array(16)),
  ...{ untilMs: 0, tap: { deviceId: 'gate-1', stream: '0'.repeat(32), seq: 1 }, card: null },
});
const FIRST: readonly Taken[] = [{ showing: 'first', cardTaps: null }];
const counts = { answered: 0, late: 0, failed: 0, refused: 0 };
let collected: (() => void) | null = null;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  Object.assign(counts, { answered: 0, late: 0, failed: 0, refused: 0 });
  collected = null;
});
afterEach(() => {
  vi.useRealTimers();
});

function newWaiting(): WaitingTaps {
  const count = (outcome: keyof typeof counts) => (questions: number) => {
    counts[outcome] += questions;
  };
  return new WaitingTaps({
    deadlineMs: 5,
    events: {
      ...{ answered: count('answered'), late: count('late') },
      ...{ failed: count('failed'), refused: count('refused') },
    },
    collect: () => collected?.(),
  });
}

function asked(waiting: WaitingTaps, number: number, all = [wanted(1)]): (readonly Taken[])[] {
  const said: (readonly Taken[])[] = [];
  waiting.add(number, all, (taken) => said.push(taken));
  return said;
}

test('each is answered once, in whatever order', () => {
  const waiting = newWaiting();
  const [one, two] = [asked(waiting, 1), asked(waiting, 2)];
  waiting.answered(2, FIRST);
  expect([one, two]).toEqual([[], [FIRST]]);
  waiting.answered(1, FIRST);
  waiting.answered(1, FIRST);
  expect([one, two]).toEqual([[FIRST], [FIRST]]);
  expect(waiting.count).toBe(0);
});

test('a thread that says nothing is not waited for, and is silent until it answers', () => {
  const waiting = newWaiting();
  const said = asked(waiting, 1, [wanted(1), wanted(0)]);
  vi.advanceTimersByTime(100);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(25);
  expect(said).toEqual([
    [
      { showing: 'no_answer', cardTaps: null },
      { showing: 'not_wanted', cardTaps: null },
    ],
  ]);
  expect(waiting.isSilent).toBe(true);
  expect(counts.late).toBe(2);
  waiting.answered(1, FIRST);
  expect(said).toHaveLength(1);
  expect(waiting.isSilent).toBe(false);
});

test('what lies unread is read before anybody gives it up', () => {
  const waiting = newWaiting();
  const said = asked(waiting, 1);
  vi.advanceTimersByTime(100);
  collected = () => waiting.answered(1, FIRST);
  vi.advanceTimersByTime(25);
  expect(said).toEqual([FIRST]);
  expect(counts.late).toBe(0);
});

test('when the thread ends nobody waits on', () => {
  const waiting = newWaiting();
  const said = asked(waiting, 1);
  waiting.end();
  expect(said).toEqual([[{ showing: 'no_answer', cardTaps: null }]]);
  expect(counts).toEqual({ answered: 0, late: 0, failed: 1, refused: 0 });
  expect(vi.getTimerCount()).toBe(0);
});

test('without taps that wait there is no timer', () => {
  const waiting = newWaiting();
  asked(waiting, 1);
  expect(vi.getTimerCount()).toBe(1);
  waiting.answered(1, FIRST);
  vi.advanceTimersByTime(25);
  expect(vi.getTimerCount()).toBe(0);
});
