/** Entry of a thread that says when batches of proofs end, as the threads that prove do: at an even pace, and each by a message. */
import { parentPort, workerData } from 'node:worker_threads';

export interface Beats {
  readonly count: number;
  readonly everyMs: number;
}

const { count, everyMs } = workerData as Beats;
const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
const began = performance.now();
for (let beat = 0; beat < count; beat += 1) {
  const leftMs = began + beat * everyMs - performance.now();
  if (leftMs > 0) Atomics.wait(never, 0, 0, leftMs);
  parentPort?.postMessage(null);
}
