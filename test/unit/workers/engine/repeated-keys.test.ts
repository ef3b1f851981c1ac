/** Keys that sign again and again: what an engine keeps of them changes no verdict. */
import { expect, test } from 'vitest';
import { byName } from './back-ends.rig.ts';
import { CURVES_TESTED } from './curves.rig.ts';
import { randomJobs } from './random-jobs.rig.ts';

const JOBS = 80;
/** An engine may take its time to make tables. */
const ROUNDS = 4;

test.each(byName())('%s', (_, engine) => {
  for (const curve of CURVES_TESTED) {
    const jobs = randomJobs({ curve, seed: `repeated ${curve.name}`, count: JOBS });
    const expected = engine.verify(jobs);
    expect(new Set(expected)).toEqual(new Set([0, 1]));
    const repeated = jobs.map((job) => ({ ...job, keyRepeats: true }));
    for (let round = 0; round < ROUNDS; round += 1) expect(engine.verify(repeated)).toEqual(expected);
  }
});
