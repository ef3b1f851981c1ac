/** The proving threads as the main thread sees them: gives batches to whichever has room, under the trust in force. */
import type { PackedItem } from './contract.ts';
import { type BatchOutcome, ProvingThread, type ThreadOptions } from './proving-thread.ts';
import { type Trust, TrustHandOver } from './trust-hand-over.ts';

export type { BatchOutcome } from './proving-thread.ts';

export interface PoolOptions {
  /** Another revision of trust stands on every thread, and is in force. */
  readonly onTrust: (revision: string) => void;
  /** A revision could not be loaded; the one before stays in force, and this one is tried again. */
  readonly onTrustFault: (revision: string, detail: string) => void;
}

/** Threads that load their module at once; they take batches once they are in a pool that was started. */
export function startThreads(count: number, options: ThreadOptions): readonly ProvingThread[] {
  if (count < 1) throw new RangeError('a pool needs at least one thread');
  return Array.from({ length: count }, () => new ProvingThread(options));
}

export class ProvePool {
  readonly #threads: readonly ProvingThread[];
  readonly #trust: TrustHandOver;

  /** Closes the threads with itself. `trust` must have been validated: a thread that cannot load it never takes a tap. */
  constructor(threads: readonly ProvingThread[], { onTrust, onTrustFault }: PoolOptions, trust: Trust) {
    this.#threads = threads;
    this.#trust = new TrustHandOver({ receivers: this.#threads, onTrust, onFault: onTrustFault }, trust);
  }

  get size(): number {
    return this.#threads.length;
  }

  /** How many more batches would be taken now. */
  get room(): number {
    return this.#threads.reduce((sum, thread) => sum + thread.room, 0);
  }

  /** What batches that are given now are proven under. */
  get trustRevision(): string {
    return this.#trust.inForce.revision;
  }

  /** Memory of all threads in bytes: their heaps, and what they remember by part. */
  memory(): { readonly heapBytes: number; readonly remembered: ReadonlyMap<string, number> } {
    let heapBytes = 0;
    const remembered = new Map<string, number>();
    for (const memory of this.#threads.map((thread) => thread.memory())) {
      heapBytes += memory.heapBytes;
      for (const [part, bytes] of memory.remembered)
        remembered.set(part, (remembered.get(part) ?? 0) + bytes);
    }
    return { heapBytes, remembered };
  }

  /** Resolves when every thread takes batches. */
  async start(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.warmUp(() => this.#trust.inForce)));
  }

  /** Has this trust loaded on every thread, and then put in force. */
  setTrust(trust: Trust): void {
    this.#trust.bring(trust);
  }

  /** Gives a batch to the thread with the most room; null when there is none. Never rejects. */
  run(items: readonly PackedItem[]): Promise<BatchOutcome> | null {
    const thread = this.#threads.reduce((best, each) => (each.room > best.room ? each : best));
    if (thread.room === 0) return null;
    return thread.run(this.#trust.inForce.revision, items);
  }

  async close(): Promise<void> {
    this.#trust.close();
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
