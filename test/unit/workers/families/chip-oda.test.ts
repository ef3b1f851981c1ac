/** Chip cards that the platform's issuer made wrong in one place each. */
import { expect, it } from 'vitest';
import { trust } from './chip-bench.rig.ts';
import { chipRsaCases } from './chip-rsa-cases.rig.ts';
import { chipSm2Cases } from './chip-sm2-cases.rig.ts';
import { describeNegatives } from './negatives.rig.ts';

describeNegatives('chip-oda', trust, [...chipSm2Cases, ...chipRsaCases]);

it('counts at least 60 cases of each algorithm', () => {
  expect(chipSm2Cases.length).toBeGreaterThanOrEqual(60);
  expect(chipRsaCases.length).toBeGreaterThanOrEqual(60);
});
