import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Deadlines } from '../../gateway/tap/deadlines.ts';
import type { Flight } from '../../gateway/tap/flight.ts';

const flying = (deadlineAt: number) => ({ deadlineAt, deadlineTick: null, deadlineSlot: 0 }) as Flight;

describe('deadlines', () => {
  let now = 0;
  const expired: Flight[] = [];
  const deadlines = () =>
    new Deadlines(
      () => now,
      (flight) => expired.push(flight),
    );
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
    const [first, ended, last] = flights as [Flight, Flight, Flight];
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
});
