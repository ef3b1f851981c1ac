/** When the main thread is called for what was answered: at once where it is idle, else for what it has not read by itself. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Calls } from '../../../../../gateway/cluster/store-thread/calls.ts';
import { WORD_COUNT, WORDS } from '../../../../../gateway/cluster/store-thread/messages.ts';

let nowMs = 0;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  nowMs = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

function newCalls() {
  const words = new Int32Array(new SharedArrayBuffer(4 * WORD_COUNT));
  const answers = { isEmpty: false };
  let count = 0;
  const calls = new Calls({ words, answers, now: () => nowMs, call: () => (count += 1) });
  const looked = (times: number) => Atomics.add(words, WORDS.looks, times);
  /** The message came. */
  const came = () => Atomics.store(words, WORDS.isMainCalled, 0);
  return { calls, answers, looked, came, count: () => count };
}

test('an idle main thread is called at once, and once until the call comes', () => {
  const { calls, came, count } = newCalls();
  calls.answered();
  calls.answered();
  expect(count()).toBe(1);
  came();
  calls.answered();
  expect(count()).toBe(2);
});

test('a busy one is not called for what it reads by itself', () => {
  const { calls, answers, looked, count } = newCalls();
  calls.answered();
  const before = count();
  looked(30);
  nowMs += 10;
  calls.answered();
  answers.isEmpty = true;
  vi.advanceTimersByTime(5);
  expect(count()).toBe(before);
});

test('a busy one is called for what still lies there, and one that became idle at once', () => {
  const { calls, looked, came, count } = newCalls();
  calls.answered();
  came();
  looked(30);
  nowMs += 10;
  calls.answered();
  expect(count()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(count()).toBe(2);
  came();
  looked(5);
  nowMs += 10;
  calls.answered();
  expect(count()).toBe(3);
});
