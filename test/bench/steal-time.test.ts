/** What the hypervisor takes, and which seconds it leaves to be measured by. */
import { availableParallelism } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { StealTime, stealWarning, stolenMs, stolenPart } from '../../bench/drive/steal-time.ts';

const made: StealTime[] = [];
afterEach(() => {
  for (const each of made.splice(0)) each.stop();
});

/** A clock in hand, and what was stolen until then. */
function stealTime() {
  const hand = { atMs: 10_000, stolen: 700 as number | null };
  const steal = new StealTime(
    () => hand.stolen,
    () => hand.atMs,
  );
  made.push(steal);
  return { hand, steal };
}

test('is read from /proc/stat in milliseconds', () => {
  const line = 'cpu  3217239 93518 298576 3888783 30050 0 28085 114486 0 0\n';
  expect(stolenMs(`${line}cpu0 1 2 3 4 5 6 7 8 9 10\nintr 12\n`)).toBe(1_144_860);
  expect(stolenMs('cpu  1 2 3 4\n')).toBeNull();
  expect(stolenMs('')).toBeNull();
});

test('is told as a part of the time of all processors, from a hundredth on', () => {
  const cores = availableParallelism();
  expect(stolenPart(50 * cores, 1_000)).toBeCloseTo(0.05);
  expect(stolenPart(null, 1_000)).toBe(0);
  expect(stealWarning('a phase', 0.009)).toBeNull();
  expect(stealWarning('a phase', 0.05)).toBe(
    "a phase: the hypervisor gave 5.0 % of the processors' time to others",
  );
});

test('between two times is what was added, spread evenly between readings', () => {
  const { hand, steal } = stealTime();
  Object.assign(hand, { atMs: 11_000, stolen: 740 });
  expect(steal.between(10_000, 11_000)).toBe(40);
  expect(steal.between(10_250, 10_750)).toBe(20);
  Object.assign(hand, { atMs: 12_000, stolen: 740 });
  expect(steal.between(10_500, 12_000)).toBe(20);
  expect(steal.between(11_000, 12_500)).toBeNull();
});

test('is not known where the system does not say, and disturbs nothing there', () => {
  const { hand, steal } = stealTime();
  const unknown = new StealTime(() => null);
  made.push(unknown);
  expect(unknown.between(0, 1)).toBeNull();
  expect(unknown.undisturbed(0, 3)).toEqual([true, true, true]);
  hand.stolen = null;
  hand.atMs = 11_000;
  expect(steal.between(10_000, 11_000)).toBeNull();
});

test('disturbs the second it is in and the one behind it, from the greater part of a tick on', () => {
  const { hand, steal } = stealTime();
  let stolen = 700;
  for (const added of [0, 4, 5, 0, 0, 10, 4, 0]) {
    hand.atMs += 1_000;
    stolen += added;
    hand.stolen = stolen;
    steal.between(0, 0);
  }
  expect(steal.undisturbed(10_000, 8)).toEqual([true, true, false, false, true, false, false, true]);
});
