import { expect, test } from 'vitest';
import {
  NO_ANSWER,
  type StoreAnswer,
  type StoreQuestion,
} from '../../../../../gateway/cluster/store/store.ts';
import { TakenNames } from '../../../../../gateway/cluster/store/taken-names.ts';

const NAMES = ['a1'.repeat(16), 'b2'.repeat(16)];
const NOW_MS = 1_700_000_000_000;

/** Servers that do as Redis 7 does, and lose answers where they are told to. */
class FakeStore {
  readonly kept = new Map<string, string>();
  isThere = true;
  /** Given in place of the right answers, one round after the other; null: the right ones. */
  instead: (readonly StoreAnswer[] | null)[] = [];

  askAll(questions: readonly StoreQuestion[], onAnswered: (answers: readonly StoreAnswer[]) => void): void {
    const answers = questions.map(({ args: [key = '', value = ''] }) => {
      const before = this.kept.get(key) ?? null;
      if (before === null) this.kept.set(key, value);
      return before;
    });
    queueMicrotask(() => onAnswered(this.instead.shift() ?? answers));
  }

  tell(questions: readonly StoreQuestion[]): boolean {
    this.askAll(questions, () => {});
    return true;
  }
}

function names(store: FakeStore): TakenNames {
  return new TakenNames({ store, cluster: 'city', now: () => NOW_MS });
}

test('a name is taken by one, and it is said since when that is known', async () => {
  const store = new FakeStore();
  names(store).begin();
  expect(await names(store).take(NAMES, NOW_MS + 1)).toEqual({ taken: 'first', sinceMs: NOW_MS });
  expect(await names(store).take(NAMES, NOW_MS + 1)).toEqual({ taken: 'seen', sinceMs: NOW_MS });
  expect(await names(store).take(NAMES.slice(1), NOW_MS + 1)).toMatchObject({ taken: 'seen' });
});

test('where the answer is lost it asks again, and knows its own', async () => {
  const store = new FakeStore();
  store.instead = [[NO_ANSWER, NO_ANSWER, NO_ANSWER, NO_ANSWER], null];
  expect(await names(store).take(NAMES, NOW_MS + 1)).toMatchObject({ taken: 'first' });
});

test.each<[string, readonly StoreAnswer[]]>([
  ['no answer', [NO_ANSWER, NO_ANSWER]],
  ['one of two', [String(NOW_MS)]],
  ['a name that is no nonce', [String(NOW_MS), 'OK']],
  ['a time that is none', ['soon', null]],
  ['numbers', [1, 1]],
  ['nothing', []],
])('%s is never first', async (_, answers) => {
  const store = new FakeStore();
  store.instead = Array(10).fill(answers);
  const answer = await names(store).take(NAMES.slice(1), NOW_MS + 1);
  expect(answer?.taken).not.toBe('first');
});

test('what is not there is not asked', async () => {
  const store = new FakeStore();
  store.isThere = false;
  expect(await names(store).take(NAMES, NOW_MS + 1)).toBeNull();
  expect(store.kept.size).toBe(0);
});

test('a store that lost all says since when it knows anew', async () => {
  const store = new FakeStore();
  const early = new TakenNames({ store, cluster: 'city', now: () => NOW_MS - 60_000 });
  expect(await early.take(NAMES, NOW_MS)).toEqual({ taken: 'first', sinceMs: NOW_MS - 60_000 });
  store.kept.clear();
  expect(await names(store).take(NAMES, NOW_MS)).toEqual({ taken: 'first', sinceMs: NOW_MS });
});
