import { expect, test } from 'vitest';
import { fuzz } from '../../fuzz/driver.ts';
import { target } from '../../fuzz/mdoc.target.ts';

/** `npm run fuzz -- mdoc` goes on for as long as one likes, led by coverage. */
const RUNS = process.env['ONECARD_FULL'] === '1' ? 200_000 : 8_000;

test('mutated mobile documents are refused or wait for their signatures, without a throw, in little time and memory', () => {
  const { runs, findings } = fuzz(target, { seed: 15, runsMax: RUNS });
  expect(findings.map(({ what }) => what)).toEqual([]);
  expect(runs).toBe(RUNS);
});
