import { describe, expect, test } from 'vitest';
import { nextBatchItems } from '../../../../gateway/tap/3-prove/batch-forming.ts';

const next = (items: number, sinceLastMs: number, allBusy = false) =>
  nextBatchItems({ items, sinceLastMs, allBusy });

describe('the next batch', () => {
  test('of few taps after a pause: all of them, at once', () => {
    for (let items = 1; items < 8; items += 1) expect(next(items, 1)).toBe(items);
    expect(next(1, Number.POSITIVE_INFINITY)).toBe(1);
  });

  test('of few taps just after another: none yet', () => {
    for (let items = 1; items < 8; items += 1) expect(next(items, 0.9)).toBe(0);
  });

  test('of more: as many as fill the lanes, whatever came before', () => {
    for (const sinceLastMs of [0, 0.5, 5]) {
      expect([8, 9, 15, 16, 20, 31, 128].map((items) => next(items, sinceLastMs))).toEqual([
        8, 8, 8, 16, 16, 24, 128,
      ]);
    }
  });

  test('for threads that all have work: only what is worth a batch of its own', () => {
    expect([1, 8, 15].map((items) => next(items, 5, true))).toEqual([0, 0, 0]);
    expect([16, 17, 30].map((items) => next(items, 0, true))).toEqual([16, 16, 24]);
  });
});
