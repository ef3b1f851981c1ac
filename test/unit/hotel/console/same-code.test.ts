/** The same code twice in a second is one. */
import { expect, test } from 'vitest';
import { SameCode } from '../../../../hotel/console/input/same-code.ts';

test('a code is new once while it stays in view, and again after it was away', () => {
  const same = new SameCode();
  const seen = [0, 400, 1_300, 2_200].map((atMs) => same.isNew('a', atMs));
  expect(seen).toEqual([true, false, false, false]);
  expect(same.isNew('b', 2_300)).toBe(true);
  expect(same.isNew('a', 2_400)).toBe(true);
  expect(same.isNew('a', 3_500)).toBe(true);
});
