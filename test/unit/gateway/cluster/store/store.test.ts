/** Deadline, breaker and bounds of the store, with a connection that answers when the test says. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  NO_ANSWER,
  Store,
  type StoreAnswer,
  type StoreQuestion,
} from '../../../../../gateway/cluster/store/store.ts';

const BOUNDS = { deadline_ms: 5, waiting_max: 8, breaker_failures: 3, breaker_open_ms: 500 };
const QUESTION: StoreQuestion = { command: 'set', args: ['name'] };

let nowMs = 0;
let isReady = true;
let sends = 0;
/** Answers that are still to be given, in the order that they were asked for. */
let open: ((reply: unknown) => void)[] = [];
const counts = { answered: 0, late: 0, failed: 0, refused: 0 };
const count = (outcome: keyof typeof counts) => (questions: number) => {
  counts[outcome] += questions;
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate'] });
  nowMs = 0;
  isReady = true;
  sends = 0;
  open = [];
  Object.assign(counts, { answered: 0, late: 0, failed: 0, refused: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

function newStore(): Store {
  const connection = {
    get isReady() {
      return isReady;
    },
    send(questions: readonly StoreQuestion[], onReply: (at: number, reply: unknown) => void) {
      sends += 1;
      questions.forEach((_, at) => {
        open.push((reply) => onReply(at, reply));
      });
    },
    close() {},
  };
  const events = {
    ...{ answered: count('answered'), late: count('late') },
    ...{ failed: count('failed'), refused: count('refused') },
  };
  return new Store(connection, BOUNDS, events, () => nowMs);
}

/** Asks, and lets what was asked in this turn be sent. */
function asked(store: Store, questions = 1): { answers: readonly StoreAnswer[] | null } {
  const said = gathered(store, questions);
  nowMs += 1;
  vi.advanceTimersByTime(1);
  return said;
}

function gathered(store: Store, questions = 1): { answers: readonly StoreAnswer[] | null } {
  const said: { answers: readonly StoreAnswer[] | null } = { answers: null };
  store.askAll(Array(questions).fill(QUESTION), (answers) => {
    if (said.answers !== null) throw new Error('it calls back once');
    said.answers = [...answers];
  });
  expect(said.answers).toBe(null);
  return said;
}

async function pass(ms: number): Promise<void> {
  nowMs += ms;
  await vi.advanceTimersByTimeAsync(ms);
}

test('what was answered by the deadline counts, the rest has no answer, and what comes later changes nothing', async () => {
  const store = newStore();
  const said = asked(store, 3);
  open[0]?.(null);
  open[2]?.('mark');
  await pass(4);
  expect(said.answers).toBe(null);
  await pass(2);
  expect(said.answers).toEqual([null, NO_ANSWER, 'mark']);
  expect(store.underWay).toBe(1);
  open[1]?.('late');
  expect(said.answers).toEqual([null, NO_ANSWER, 'mark']);
  expect(store.underWay).toBe(0);
  expect(counts).toEqual({ answered: 0, late: 1, failed: 0, refused: 0 });
});

test('answers that lie there unread when the deadline is noticed count', async () => {
  const store = newStore();
  const said = asked(store);
  // The timer first, as after a standstill, then what had come meanwhile.
  nowMs += 50;
  vi.advanceTimersByTime(BOUNDS.deadline_ms - 1);
  if (said.answers === null) open[0]?.(null);
  await pass(1);
  expect(said.answers).toEqual([null]);
});

test('errors and what is no value are no answers', async () => {
  const store = newStore();
  const said = asked(store, 4);
  open[0]?.(new Error('OOM'));
  open[1]?.([null]);
  open[2]?.(undefined);
  open[3]?.(7);
  expect(said.answers).toEqual([NO_ANSWER, NO_ANSWER, NO_ANSWER, 7]);
  expect(counts).toEqual({ answered: 1, late: 0, failed: 3, refused: 0 });
});

test('after so many writes in a row without an answer it is not asked for a while, then by one at a time, until it answers', async () => {
  const store = newStore();
  // However many questions one has, it is one.
  asked(store, 6);
  await pass(6);
  for (const reply of open.splice(0)) reply(null);
  expect(store.isThere).toBe(true);
  asked(store);
  asked(store);
  await pass(6);
  const refused = asked(store);
  await pass(0);
  expect(refused.answers).toEqual([NO_ANSWER]);
  expect(open).toHaveLength(2);
  await pass(BOUNDS.breaker_open_ms);
  asked(store);
  expect(open).toHaveLength(3);
  // While that one is open, no other.
  asked(store);
  expect(open).toHaveLength(3);
  open[2]?.(null);
  expect(store.isThere).toBe(true);
  asked(store);
  expect(open).toHaveLength(4);
});

test('one answer among errors is an answer', async () => {
  const store = newStore();
  for (let n = 0; n < BOUNDS.breaker_failures; n += 1) {
    asked(store, 2);
    const [first, second] = open.splice(0);
    first?.(n === 1 ? null : new Error('OOM'));
    second?.(new Error('OOM'));
  }
  expect(store.isThere).toBe(true);
});

test('what is asked within a millisecond of a write goes together with the next, each with its own answers', async () => {
  const store = newStore();
  const first = gathered(store);
  const second = gathered(store, 2);
  expect(sends).toBe(0);
  vi.advanceTimersByTime(0);
  expect(sends).toBe(1);
  const third = gathered(store);
  vi.advanceTimersByTime(0);
  expect(sends).toBe(1);
  nowMs += 1;
  // By now it is time, so the turn in which more is asked sends both.
  const fourth = gathered(store);
  vi.advanceTimersByTime(0);
  expect(sends).toBe(2);
  const fifth = gathered(store);
  nowMs += 1;
  vi.advanceTimersByTime(1);
  expect(sends).toBe(3);
  open.forEach((reply, at) => {
    reply(at);
  });
  const all = [first, second, third, fourth, fifth].map(({ answers }) => answers);
  expect(all).toEqual([[0], [1, 2], [3], [4], [5]]);
});

test('with too much under way, and without a connection, it is not asked', async () => {
  const store = newStore();
  asked(store, 8);
  const above = asked(store);
  await Promise.resolve();
  expect(above.answers).toEqual([NO_ANSWER]);
  for (const reply of open) reply(null);
  isReady = false;
  const away = asked(store, 2);
  await Promise.resolve();
  expect(away.answers).toEqual([NO_ANSWER, NO_ANSWER]);
  expect(store.tell([QUESTION])).toBe(false);
  expect(counts).toEqual({ answered: 8, late: 0, failed: 0, refused: 3 });
});
