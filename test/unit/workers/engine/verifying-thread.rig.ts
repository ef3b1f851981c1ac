/** A thread that waits for the others, then verifies its jobs again and again and tells every wrong verdict. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadAddon } from '../../../../native/index.ts';
import { chooseAmong, listCandidates } from '../../../../workers/engine/choose.ts';
import type { SignatureJob } from '../../../../workers/engine/job.ts';

export interface VerifyingThreadData {
  readonly engine: string;
  readonly jobs: readonly SignatureJob[];
  readonly expected: readonly boolean[];
  readonly rounds: number;
  /** Threads that are ready. */
  readonly ready: Int32Array;
  readonly threads: number;
}

const { engine: name, jobs, expected, rounds, ready, threads } = workerData as VerifyingThreadData;
const { engine } = chooseAmong(listCandidates(loadAddon()), name);

Atomics.add(ready, 0, 1);
Atomics.notify(ready, 0);
for (let n = Atomics.load(ready, 0); n < threads; n = Atomics.load(ready, 0)) Atomics.wait(ready, 0, n);

const wrong: string[] = [];
for (let round = 0; round < rounds; round++) {
  // Prepared while others verify with the same key, and in another order in every thread and round.
  const at = (round * 17) % jobs.length;
  const key = jobs[at];
  if (key !== undefined) engine.prepare(key.curve, key.publicKey);
  const size = 1 + ((round * 7) % 40);
  const verdicts = engine.verify(jobs.slice(at, at + size));
  for (const [i, verdict] of verdicts.entries()) {
    if ((verdict === 1) !== expected[at + i]) wrong.push(`round ${round}, job ${at + i}: ${verdict}`);
  }
}
parentPort?.postMessage(wrong);
