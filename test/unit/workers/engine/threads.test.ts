/** Four threads verify and prepare at once, through one addon. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { byName, portableEngine } from './back-ends.rig.ts';
import { CURVES_TESTED } from './curves.rig.ts';
import { randomJobs } from './random-jobs.rig.ts';
import type { VerifyingThreadData } from './verifying-thread.rig.ts';

const THREADS = 4;
const jobs = CURVES_TESTED.flatMap((curve) =>
  randomJobs({ curve, seed: 'threads', count: 200, signatures: 60, keys: 6 }),
);
const expected = Array.from(portableEngine.verify(jobs), (verdict) => verdict === 1);

test.each(byName())('%s: 4 threads at once give the right verdicts', async (name) => {
  const ready = new Int32Array(new SharedArrayBuffer(4));
  const rounds = name === 'portable' ? 6 : 250;
  const workers = Array.from({ length: THREADS }, () => {
    const workerData: VerifyingThreadData = { engine: name, jobs, expected, rounds, ready, threads: THREADS };
    return new Worker(new URL('./verifying-thread.rig.ts', import.meta.url), { workerData });
  });
  const wrong = await Promise.all(workers.map((worker) => once(worker, 'message')));
  expect(wrong.flat(2)).toEqual([]);
  await Promise.all(workers.map((worker) => worker.terminate()));
});
