import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DeadlineWheel, type Expiring } from '../gateway/scheduling/deadline-wheel.ts';

type Entry = { -readonly [Name in keyof Expiring]: Expiring[Name] };
const flying = (deadlineAt: number): Entry => ({ deadlineAt, deadlineTick: null, deadlineSlot: 0 });

describe('the wheel of deadlines', () => {
  let now = 0;
  const expired: Entry[] = [];
  const deadlines = (onExpired = (_: Entry) => {}) =>
    new DeadlineWheel<Entry>({
      now: () => now,
      marginMs: 15,
      onExpired: (entry) => {
        expired.push(entry);
        onExpired(entry);
      },
    });
  const pass = (ms: number) => {
    now += ms;
    vi.advanceTimersByTime(ms);
  };

  beforeEach(() => {
    vi.useFakeTimers();
    now = 1_000;
    expired.length = 0;
  });
  afterEach(() => void vi.useRealTimers());

  test('a flight expires once, early enough for a refusal to arrive in time', () => {
    const made = deadlines();
    const flight = flying(1_100);
    made.watch(flight);
    for (let at = 0; at < 75; at += 5) pass(5);
    expect(expired).toEqual([]);
    for (let at = 0; at < 100; at += 5) pass(5);
    expect(expired).toEqual([flight]);
  });

  test('a flight that ended does not expire, its neighbours do, and nothing holds it', () => {
    const made = deadlines();
    const flights = [flying(1_100), flying(1_100), flying(1_100)];
    for (const flight of flights) made.watch(flight);
    const [first, ended, last] = flights as [Entry, Entry, Entry];
    const tick = ended.deadlineTick;
    made.release(ended);
    expect(tick).toEqual([first, null, last]);
    expect(ended.deadlineTick).toBeNull();
    for (let at = 0; at < 150; at += 5) pass(5);
    expect(expired).toEqual([first, last]);
  });

  test('watched again after it expired, it has a deadline of its own', () => {
    const made = deadlines();
    const flight = flying(1_050);
    made.watch(flight);
    for (let at = 0; at < 60; at += 5) pass(5);
    flight.deadlineAt = now + 100;
    made.watch(flight);
    for (let at = 0; at < 60; at += 5) pass(5);
    expect(expired).toHaveLength(1);
    for (let at = 0; at < 60; at += 5) pass(5);
    expect(expired).toHaveLength(2);
  });

  test('watched in the expiry of another, with a deadline that has passed as well: it expires, however late the sweep', () => {
    const second = flying(1_030);
    const made = deadlines((entry) => {
      if (entry !== second) made.watch(second);
    });
    made.watch(flying(1_050));
    // Keeps the timer going: what is lost is lost for good, not until the wheel starts anew.
    made.watch(flying(9_000));
    now += 500;
    for (let at = 0; at < 100; at += 5) pass(5);
    expect(expired).toHaveLength(2);
    expect(expired[1]).toBe(second);
    made.stop();
  });

  test('asked to sweep, it does not wait for its timer; each expires once', () => {
    const made = deadlines();
    made.watch(flying(1_050));
    now += 500;
    made.sweep();
    expect(expired).toHaveLength(1);
    pass(5);
    expect(expired).toHaveLength(1);
  });
});
