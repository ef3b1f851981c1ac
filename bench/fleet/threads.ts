/** The threads of one process that make cards and taps, as many as there are cores. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Job, Slab, ThreadData } from './thread.ts';

export class FleetThreads {
  readonly #data: ThreadData;
  readonly #threadsMax: number;
  readonly #threads: Worker[] = [];

  constructor(data: ThreadData, threadsMax: number = availableParallelism()) {
    this.#data = data;
    this.#threadsMax = threadsMax;
  }

  /** Does the jobs, each on the next thread that is free; results in the order of the jobs. */
  async run(jobs: readonly Job[], onDone: (done: number) => void = () => {}): Promise<(Slab | null)[]> {
    const results: (Slab | null)[] = new Array(jobs.length).fill(null);
    let next = 0;
    let done = 0;
    const work = async (thread: Worker) => {
      for (let i = next++; i < jobs.length; i = next++) {
        results[i] = await once(thread, jobs[i] as Job);
        onDone(++done);
      }
    };
    await Promise.all(this.#started(Math.min(jobs.length, this.#threadsMax)).map(work));
    return results;
  }

  /** A thread takes a moment to begin with: as many as there is work for. */
  #started(count: number): readonly Worker[] {
    while (this.#threads.length < count) {
      const thread = new Worker(new URL('./thread.ts', import.meta.url), { workerData: this.#data });
      thread.unref();
      this.#threads.push(thread);
    }
    return this.#threads.slice(0, count);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }
}

function once(thread: Worker, job: Job): Promise<Slab | null> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      thread.off('message', onMessage);
      thread.off('error', onError);
      thread.unref();
      settle();
    };
    const onMessage = (slab: Slab | null) => finish(() => resolve(slab));
    const onError = (error: Error) => finish(() => reject(error));
    thread.on('message', onMessage);
    thread.on('error', onError);
    thread.ref();
    thread.postMessage(job);
  });
}
