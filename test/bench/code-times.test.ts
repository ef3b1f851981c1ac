/** Ride codes of a run: a second of its own for each use of a card, none that is too old or too far ahead. */
import { describe, expect, test } from 'vitest';
import { CodeTimes } from '../../bench/fleet/code-times.ts';
import { type TapPlan, TapPlanner } from '../../bench/fleet/tap-plan.ts';

const NOW_S = 1_800_000_000;
const VALID_S = 600;
const AHEAD_S = 900 - VALID_S;

const plan = (changes: Partial<TapPlan>): TapPlan => ({
  ...{
    seed: 'times',
    cards: 40,
    rides: 1,
    forged: 0,
    cut: 0,
    replayed: 0,
    back: 0,
    cold: false,
    form: 'frame',
  },
  ...changes,
});

/** Phases of taps, each some seconds after the one before; every code as (card, second). */
function codes(planner: TapPlanner, phases: readonly { count: number; atS: number }[]) {
  const times = new CodeTimes();
  const made: { card: number; second: number; atS: number }[] = [];
  let from = 0;
  for (const { count, atS } of phases) {
    const use0 = times.secondOfUse0(planner.uses(from, count), atS);
    for (let i = from; i < from + count; i += 1) {
      const { card, use } = planner.tap(i, from);
      made.push({ card, second: use0 + use, atS });
    }
    from += count;
  }
  return made;
}

const phases = [130, 1, 39, 800, 8_000, 40].map((count, n) => ({ count, atS: NOW_S + 10 * n }));

describe.each([false, true])('chains new at every tap: %s', (cold) => {
  const planner = new TapPlanner(plan({ cold }));

  test('no card shows two codes of one second', () => {
    const made = codes(planner, phases);
    expect(new Set(made.map(({ card, second }) => `${card} ${second}`)).size).toBe(made.length);
  });

  test('every code is good when it is shown and is remembered for no longer than gateways remember', () => {
    for (const { second, atS } of codes(planner, phases)) {
      expect(second).toBeGreaterThan(atS - VALID_S);
      expect(second).toBeLessThan(atS + AHEAD_S);
    }
  });

  test('taps that would go too far ahead are refused, and time makes room for them', () => {
    const many = { count: 8_000, atS: NOW_S };
    expect(() => codes(planner, [many, many, many])).toThrow('--cards');
    const apart = [0, 1, 2, 3, 4, 5].map((n) => ({ ...many, atS: NOW_S + 400 * n }));
    expect(codes(planner, apart)).toHaveLength(48_000);
  });
});
