import { beforeEach, describe, expect, test } from 'vitest';
import {
  AGREES_MS,
  createGuardedClock,
  DOWNTIME_MS,
  type GuardedClock,
  joinGuardedClock,
} from '../../../../../gateway/knowledge/clock/guarded-clock.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 10, 22, 8);
const TOLERANCE_MS = 10_000;

describe('the guarded clock', () => {
  let wallMs = 0;
  let passedMs = 0;
  let clock: GuardedClock;
  const clocks = { now: () => wallMs, monotonic: () => passedMs, cells: null };
  const start = (keptMs: number | null = null) =>
    createGuardedClock({ clocks, toleranceMs: TOLERANCE_MS, keptMs });
  beforeEach(() => {
    wallMs = START_MS;
    passedMs = 50;
    clock = start();
  });
  const pass = (ms: number) => {
    wallMs += ms;
    passedMs += ms;
  };

  test('is the wall clock while that goes on', () => {
    pass(5_000);
    expect(clock.now()).toBe(START_MS + 5_000);
  });

  test('does not follow the wall clock back, and goes on', () => {
    pass(5_000);
    wallMs -= HOUR_MS;
    expect(clock.now()).toBe(START_MS + 5_000);
    pass(1_000);
    expect(clock.now()).toBe(START_MS + 6_000);
  });

  test('follows it forward, and back to where it was right', () => {
    wallMs += HOUR_MS;
    expect(clock.now()).toBe(START_MS + HOUR_MS);
    wallMs -= HOUR_MS;
    pass(1_000);
    expect(clock.now()).toBe(START_MS + 1_000);
  });

  test('is never before what was signed', () => {
    expect(clock.observe(START_MS + 9_000)).toBe(true);
    expect(clock.now()).toBe(START_MS + 9_000);
    pass(500);
    expect(clock.now()).toBe(START_MS + 9_500);
    clock.observe(1_000);
    expect(clock.now()).toBe(START_MS + 9_500);
    wallMs -= DAY_MS;
    expect(clock.now()).toBe(START_MS + 9_500);
  });

  test('ahead at the start and put right: what is signed now says which was right', () => {
    wallMs = START_MS + 100 * HOUR_MS;
    clock = start();
    clock.observe(START_MS);
    expect(clock.now()).toBe(START_MS + 100 * HOUR_MS);
    wallMs = START_MS;
    expect(clock.now()).toBe(START_MS + 100 * HOUR_MS);
    pass(1_000);
    clock.observe(START_MS + 1_000);
    expect(clock.now()).toBe(START_MS + 1_000);
  });

  test('set back while it runs: what is signed does not bring the time back', () => {
    clock.observe(START_MS);
    wallMs -= HOUR_MS;
    for (let i = 0; i < 5; i += 1) {
      pass(1_000);
      clock.observe(START_MS + (i + 1) * 1_000);
    }
    expect(clock.now()).toBe(START_MS + 5_000);
    // What was signed when the machine's clock now stands agrees with it, and says nothing of what was signed since.
    clock.observe(wallMs - AGREES_MS);
    expect(clock.now()).toBe(START_MS + 5_000);
  });

  test.each([START_MS + TOLERANCE_MS + 1, START_MS + HOUR_MS, Number.MAX_SAFE_INTEGER, Number.NaN])(
    'does not believe what is signed at %d',
    (signedAtMs) => {
      expect(clock.observe(signedAtMs)).toBe(false);
      expect(clock.now()).toBe(START_MS);
      expect(clock.signedMs()).toBeNull();
    },
  );

  test('however many signatures come, each a little ahead, they do not push it past the tolerance', () => {
    for (let i = 0; i < 1_000; i += 1) clock.observe(clock.now() + TOLERANCE_MS - 1);
    expect(clock.now()).toBeLessThanOrEqual(START_MS + TOLERANCE_MS);
    pass(HOUR_MS);
    for (let i = 0; i < 1_000; i += 1) clock.observe(clock.now() + TOLERANCE_MS - 1);
    expect(clock.now()).toBeLessThanOrEqual(START_MS + HOUR_MS + TOLERANCE_MS);
  });

  test('goes on from the time that was kept, and believes what was signed while it was down', () => {
    wallMs = START_MS - DAY_MS;
    clock = start(START_MS);
    expect(clock.now()).toBe(START_MS);
    expect(clock.observe(START_MS + DOWNTIME_MS + TOLERANCE_MS + 1)).toBe(false);
    expect(clock.observe(START_MS + DOWNTIME_MS)).toBe(true);
    expect(clock.now()).toBe(START_MS + DOWNTIME_MS);
    for (let i = 0; i < 100; i += 1) clock.observe(clock.now() + TOLERANCE_MS);
    expect(clock.now()).toBeLessThanOrEqual(START_MS + DOWNTIME_MS + TOLERANCE_MS);
  });

  test('a kept time that is before the machine’s clock allows nothing', () => {
    clock = start(START_MS - DAY_MS);
    expect(clock.now()).toBe(START_MS);
    expect(clock.observe(START_MS + TOLERANCE_MS + 1)).toBe(false);
  });

  test('says the same in every thread, whichever of them sees a signature', () => {
    const cells = new SharedArrayBuffer(16);
    const values = new Float64Array(cells);
    values.set([START_MS, 0]);
    const shared = { now: () => values[0] ?? 0, monotonic: () => values[1] ?? 0, cells };
    const one = createGuardedClock({ clocks: shared, toleranceMs: TOLERANCE_MS });
    const other = joinGuardedClock(one.shared, TOLERANCE_MS);
    other.observe(START_MS + 4_000);
    expect(one.now()).toBe(START_MS + 4_000);
    values[0] = START_MS - DAY_MS;
    one.observe(START_MS + 5_000);
    expect(other.now()).toBe(START_MS + 5_000);
  });

  test('what is surely past never is ahead of the time that it will be when the machine’s clock is put right', () => {
    clock.observe(START_MS);
    wallMs += DAY_MS;
    expect(clock.surelyPastMs()).toBe(START_MS);
    wallMs -= DAY_MS;
    pass(1_000);
    expect(clock.surelyPastMs()).toBe(clock.now());
  });
});
