/** The plan's own definitions of depth, at their boundaries. */
import { describe, expect, test } from 'vitest';
import {
  type Category,
  type Depth,
  depthOfPayment,
  depthOfService,
  depthOfShare,
  missedBy,
  missingFor,
} from '../../../reports/depth.ts';

describe('of a share of points or recipients', () => {
  test.each<[number, number, Depth]>([
    [0, 0, 0],
    [0, 10, 0],
    [499, 1_000, 0],
    [4_999_999, 10_000_000, 0],
    [500, 1_000, 1],
    [1, 2, 1],
    [699, 1_000, 1],
    [700, 1_000, 2],
    [7, 10, 2],
    [899, 1_000, 2],
    [900, 1_000, 3],
    [9, 10, 3],
    [1, 1, 3],
    [2, 3, 1],
  ])('%i of %i: depth %i', (part, whole, depth) => {
    expect(depthOfShare({ part, whole })).toBe(depth);
  });
});

test.each<[number, number, number, Depth]>([
  [0, 0, 0, 0],
  [0, 0, 100, 0],
  [49, 0, 100, 0],
  [50, 0, 100, 1],
  [100, 49, 100, 1],
  [50, 50, 100, 2],
  [100, 100, 100, 2],
])('payment: %i by account and %i by bill, of %i: depth %i', (account, bill, whole, depth) => {
  expect(depthOfPayment({ account: { part: account, whole }, bill: { part: bill, whole } })).toBe(depth);
});

test.each<[Partial<Record<Category, Depth>>, Depth | null]>([
  [{}, null],
  [{ identity: 2 }, 2],
  [{ identity: 3, disbursement: 1 }, 1],
  [{ identity: 1, payment: 2 }, 1],
  // Payment has no depth 3: at its highest it holds nobody back.
  [{ identity: 3, payment: 2 }, 3],
  [{ identity: 3, payment: 1 }, 1],
  [{ payment: 2 }, 2],
  [{ identity: 3, disbursement: 3, payment: 2 }, 3],
  [{ identity: 3, disbursement: 3, payment: 0 }, 0],
])('the service as a whole, with %j: %j', (reached, depth) => {
  expect(depthOfService(new Map(Object.entries(reached) as [Category, Depth][]))).toBe(depth);
});

test.each<[Category, Depth, Depth, number]>([
  ['identity', 1, 3, 2],
  ['identity', 3, 1, 0],
  ['payment', 2, 3, 0],
  ['payment', 1, 3, 1],
  ['disbursement', 0, 2, 2],
])('%s at depth %i misses target %i by %i', (category, depth, target, missed) => {
  expect(missedBy(category, depth, target)).toBe(missed);
});

test.each<[number, number, number, number | null]>([
  [0, 0, 50, null],
  [49, 100, 50, 1],
  [50, 100, 50, 0],
  [0, 3, 50, 2],
  [1, 3, 90, 2],
  [3, 3, 90, 0],
])('%i of %i lack, for %i %%: %j', (part, whole, percent, missing) => {
  expect(missingFor({ part, whole }, percent)).toBe(missing);
  if (missing === null || missing === 0) return;
  const reached = (count: number) => (part + count) * 100 >= percent * whole;
  expect([reached(missing - 1), reached(missing)]).toEqual([false, true]);
});
