/** How much memory the JavaScript heap of another thread holds, by what that thread said last. */
import type { Worker } from 'node:worker_threads';

export class ThreadHeap {
  #worker: Worker | null = null;
  #bytes = 0;
  #isAsked = false;

  /** Of this thread from now on; null: there is none. */
  of(worker: Worker | null): void {
    this.#worker = worker;
    this.#bytes = 0;
    this.#isAsked = false;
  }

  /**
   * Pages of the heap that are in memory, in bytes; 0 before it has said. Asks it anew: it answers once it runs JavaScript
   * again, so one that waits for work, or hangs, is known by its last answer.
   */
  read(): number {
    const worker = this.#worker;
    // From Node 22.16 on.
    if (worker !== null && !this.#isAsked && typeof worker.getHeapStatistics === 'function') {
      this.#isAsked = true;
      worker.getHeapStatistics().then(
        (heap) => {
          if (this.#worker !== worker) return;
          this.#isAsked = false;
          this.#bytes = heap.total_physical_size;
        },
        // It ended.
        () => {},
      );
    }
    return this.#bytes;
  }
}
