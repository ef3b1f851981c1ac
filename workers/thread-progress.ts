/**
 * Whether a thread that has not returned a batch hangs. Wall-clock time does not tell: where cores are short a healthy thread
 * waits for one, and its replacement would too. So the thread's CPU time counts, and the time it has slept over its batch.
 */
import { ObservedTime } from './observed-time.ts';
import type { ThreadReading } from './thread-cpu.ts';

export type Progress = 'fine' | 'spinning' | 'blocked';

/**
 * Factor for a thread that sleeps over a batch: garbage collection or a lock may hold it up where cores are short. Also the
 * bound of wall-clock time where the system reports no CPU time of threads.
 */
const BLOCKED_HANGS = 5;
/** Factor for a thread that is runnable and gets no core. */
const STARVED_HANGS = 100;
const LOOKS_PER_HANG = 4;

export class ThreadProgress {
  readonly #hangMs: number;
  readonly #time: ObservedTime;
  /** How often to look while the thread has a batch. */
  readonly lookMs: number;
  #batch: object | null = null;
  /** Used when it was first seen on the batch, and at the last look. */
  #cpuAtFirstMs = 0;
  #cpuMs = 0;
  /** Observed time without any use of a core. */
  #stillMs = 0;

  constructor(hangMs: number) {
    this.#hangMs = hangMs;
    this.lookMs = Math.max(1, hangMs / LOOKS_PER_HANG);
    this.#time = new ObservedTime(this.lookMs);
  }

  /** `batch`: the oldest on the thread. `reading`: null where the system tells nothing. `now`: monotonic, milliseconds. */
  look(batch: object, reading: ThreadReading | null, now: number): Progress {
    const passedMs = this.#time.look(now);
    const cpuMs = reading?.cpuMs ?? 0;
    if (batch !== this.#batch) {
      this.#batch = batch;
      this.#cpuAtFirstMs = cpuMs;
      this.#cpuMs = cpuMs;
      this.#stillMs = 0;
      return 'fine';
    }
    if (cpuMs - this.#cpuAtFirstMs >= this.#hangMs) return 'spinning';
    this.#stillMs = cpuMs > this.#cpuMs ? 0 : this.#stillMs + passedMs;
    this.#cpuMs = cpuMs;
    const hangs = reading?.runnable ? STARVED_HANGS : BLOCKED_HANGS;
    return this.#stillMs >= hangs * this.#hangMs ? 'blocked' : 'fine';
  }
}
