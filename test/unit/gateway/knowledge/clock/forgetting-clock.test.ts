import { expect, test } from 'vitest';
import { ForgettingClock } from '../../../../../gateway/knowledge/clock/forgetting-clock.ts';

const LASTING_MS = 600_000;
const START_MS = 1_800_000_000_000;

function made() {
  const at = { pastMs: START_MS, monotonicMs: 0 };
  const clock = { surelyPastMs: () => at.pastMs, monotonicMs: () => at.monotonicMs };
  const forgetting = new ForgettingClock(clock, LASTING_MS);
  const pass = (ms: number) => {
    at.pastMs += ms;
    at.monotonicMs += ms;
    return forgetting.now();
  };
  return { at, forgetting, pass };
}

test('goes on with what is surely past', () => {
  const { pass } = made();
  for (let i = 1; i <= 100; i += 1) expect(pass(60_000)).toBe(START_MS + i * 60_000);
});

test('follows a jump of it only when it has lasted', () => {
  const { at, pass } = made();
  pass(100_000);
  at.pastMs += 3_600_000;
  for (let passed = 0; passed < LASTING_MS; passed += 10_000) {
    expect(pass(10_000)).toBe(START_MS + 100_000 + passed + 10_000);
  }
  for (let passed = 0; passed < LASTING_MS; passed += 10_000) pass(10_000);
  expect(pass(0)).toBe(at.pastMs);
});

test('follows it back at once', () => {
  const { at, pass } = made();
  pass(100_000);
  at.pastMs -= 3_600_000;
  expect(pass(0)).toBe(at.pastMs);
});

test('asked after a long time, it is where the time is', () => {
  const { at, pass } = made();
  at.pastMs += 3_600_000;
  expect(pass(2 * LASTING_MS)).toBe(at.pastMs);
});
