/** The breaker of live status, by simulated time. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AskingClass, LiveAnswer } from '../../../../gateway/live/live-answer.ts';
import { type Fate, simulatedClient } from './simulated-client.rig.ts';
import { asking } from './status-platform.rig.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const GOOD: Fate = { afterMs: 1, fault: null };
const BAD: Fate = { afterMs: 1, fault: 'status' };

function simulated(fateOf: (number: number) => Fate) {
  const client = simulatedClient(fateOf);
  const { ask, told, status } = asking(
    'http://127.0.0.1',
    { deadline_gate_ms: 150, deadline_desk_ms: 800, breaker_failures: 3, breaker_open_ms: 1_000 },
    { client },
  );
  const answer = async (askingClass: AskingClass = 'gate', waitMs = 20): Promise<LiveAnswer['kind']> => {
    const asked = ask('card', askingClass);
    await vi.advanceTimersByTimeAsync(waitMs);
    return (await asked).kind;
  };
  return { client, ask, told, status, answer };
}

test('opens after failures in a row, asks nothing, tries once, and closes', async () => {
  let fate = BAD;
  const { client, told, status, answer } = simulated(() => fate);
  for (let i = 0; i < 3; i += 1) expect(await answer()).toBe('failed');
  expect(status.breakerState('gate')).toBe('open');
  expect(await answer()).toBe('not_asked');
  expect(client.requests).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await answer()).toBe('failed');
  expect(await answer()).toBe('not_asked');
  expect(client.requests).toHaveLength(4);
  fate = GOOD;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await answer()).toBe('answered');
  expect(await answer()).toBe('answered');
  expect(told.filter((line) => line.includes('breaker'))).toEqual(
    ['open', 'half_open', 'open', 'half_open', 'closed'].map((state) => `gate breaker ${state}`),
  );
});

test('failures that are not in a row do not open it', async () => {
  const { answer, status } = simulated((number) => (number % 3 === 2 ? GOOD : BAD));
  for (let i = 0; i < 12; i += 1) await answer();
  expect(status.breakerState('gate')).toBe('closed');
});

test('late requests open it as failures do', async () => {
  const { answer, status } = simulated(() => ({ afterMs: 10_000, fault: null }));
  for (let i = 0; i < 3; i += 1) expect(await answer('gate', 200)).toBe('late');
  expect(status.breakerState('gate')).toBe('open');
});

test('a try is one tap; the others of its turn are not asked, nor those that come while it lasts', async () => {
  let fate = BAD;
  const { client, ask, answer } = simulated(() => fate);
  for (let i = 0; i < 3; i += 1) await answer();
  await vi.advanceTimersByTimeAsync(1_000);
  fate = { afterMs: 100, fault: null };
  const together = [ask('a'), ask('b'), ask('c')];
  await vi.advanceTimersByTimeAsync(10);
  const meanwhile = ask('d');
  await vi.advanceTimersByTimeAsync(200);
  const kinds = (await Promise.all([...together, meanwhile])).map(({ kind }) => kind);
  expect(kinds).toEqual(['answered', 'not_asked', 'not_asked', 'not_asked']);
  expect(client.requests.at(-1)?.credentialIds).toEqual(['a']);
});

test('a class has its own: a platform too slow for gates is asked for desks', async () => {
  const { answer, status } = simulated(() => ({ afterMs: 300, fault: null }));
  for (let i = 0; i < 3; i += 1) expect(await answer('gate', 400)).toBe('late');
  expect(await answer('gate')).toBe('not_asked');
  expect(await answer('desk', 400)).toBe('answered');
  expect([status.breakerState('gate'), status.breakerState('desk')]).toEqual(['open', 'closed']);
});

test('garbage opens it', async () => {
  const { answer, status } = simulated(() => ({ afterMs: 1, fault: 'garbage' }));
  for (let i = 0; i < 3; i += 1) expect(await answer()).toBe('failed');
  expect(status.breakerState('gate')).toBe('open');
});

test.each([-3_600_000, 3_600_000])('a clock set by %i ms neither opens nor keeps it', async (byMs) => {
  let fate = BAD;
  const { answer } = simulated(() => fate);
  for (let i = 0; i < 3; i += 1) await answer();
  vi.setSystemTime(Date.now() + byMs);
  expect(await answer()).toBe('not_asked');
  fate = GOOD;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await answer()).toBe('answered');
});
