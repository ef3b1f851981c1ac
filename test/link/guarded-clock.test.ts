import { beforeEach, describe, expect, test } from 'vitest';
import { createGuardedClock, type GuardedClock } from '../../gateway/lists/guarded-clock.ts';

describe('the guarded clock', () => {
  let wallMs = 0;
  let passedMs = 0;
  let clock: GuardedClock;
  beforeEach(() => {
    wallMs = 1_000_000;
    passedMs = 50;
    clock = createGuardedClock(
      () => wallMs,
      () => passedMs,
    );
  });
  const pass = (ms: number) => {
    wallMs += ms;
    passedMs += ms;
  };

  test('is the wall clock while that goes on', () => {
    pass(5_000);
    expect(clock.now()).toBe(1_005_000);
  });

  test('does not follow the wall clock back, and goes on', () => {
    pass(5_000);
    wallMs -= 3_600_000;
    expect(clock.now()).toBe(1_005_000);
    pass(1_000);
    expect(clock.now()).toBe(1_006_000);
  });

  test('follows it forward, and back to where it was right', () => {
    wallMs += 3_600_000;
    expect(clock.now()).toBe(4_600_000);
    wallMs -= 3_600_000;
    pass(1_000);
    expect(clock.now()).toBe(1_001_000);
  });

  test('is never before what was signed', () => {
    clock.observe(1_009_000);
    expect(clock.now()).toBe(1_009_000);
    pass(500);
    expect(clock.now()).toBe(1_009_500);
    clock.observe(1_000);
    expect(clock.now()).toBe(1_009_500);
  });
});
