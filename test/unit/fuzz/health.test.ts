import { expect, test } from 'vitest';
import { fuzz } from '../../fuzz/driver.ts';
import { target as hcert } from '../../fuzz/hcert.target.ts';
import { target as shc } from '../../fuzz/shc.target.ts';

/** `npm run fuzz -- hcert` and `-- shc` go on for as long as one likes, led by coverage. */
const RUNS = process.env['ONECARD_FULL'] === '1' ? 200_000 : 8_000;

test.each([hcert, shc])(
  'mutated $name is refused or waits for its signature, without a throw, in little time and memory',
  (target) => {
    const { runs, findings } = fuzz(target, { seed: 15, runsMax: RUNS });
    expect(findings.map(({ what }) => what)).toEqual([]);
    expect(runs).toBe(RUNS);
  },
);
