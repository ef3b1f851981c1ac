/**
 * The proving threads as the main thread sees them. Each thread is a Piscina pool of one, so that a batch is known
 * to run on one thread, a thread that dies or hangs costs exactly its own batches, and its replacement is warmed up
 * (module loaded, trust loaded) before it is given a tap.
 */
import { Piscina } from 'piscina';
import type { PackedItem, ProofVerdict, ProveStats } from './contract.ts';
import type { CacheLimits } from './families/family.ts';
import { packRequest, unpackReply } from './packing.ts';
import type { TrustDocument } from './trust/document.ts';

export type BatchOutcome =
  | {
      readonly kind: 'verdicts';
      readonly trustRevision: string;
      readonly verdicts: readonly ProofVerdict[];
      readonly stats: ProveStats;
    }
  | { readonly kind: 'lost' }
  | { readonly kind: 'stuck' };

export interface PoolOptions {
  readonly threads: number;
  /** A thread that has not answered a batch after this long is replaced. */
  readonly hangMs: number;
  readonly cacheLimits: CacheLimits;
  /** The thread's entry module; tests put a faulty one here. */
  readonly entry?: URL;
  /** Called whenever a thread has room for another batch. */
  readonly onFree: () => void;
  /** Called when a thread was replaced, or could not be brought back (it is tried again). */
  readonly onFault: (fault: 'lost' | 'stuck' | 'warm_up_failed', detail: string) => void;
}

const ENTRY = new URL('./worker.ts', import.meta.url);
const WARM_UP_MS = 30_000;
const WARM_UP_AGAIN_MS = 500;

interface Trust {
  readonly revision: string;
  readonly document: TrustDocument;
}

/**
 * Batches one thread is given at once: the next one waits on the thread itself, so that it need not idle for a turn of
 * the main thread's event loop.
 */
const BATCHES_PER_THREAD = 2;

class ProvingThread {
  readonly #piscina: Piscina;
  readonly #options: PoolOptions;
  /** Aborted to end the worker as it is now; renewed with each replacement. */
  #life = new AbortController();
  #loadedRevision: string | null = null;
  #ready = false;
  #closed = false;
  #batches = 0;
  #hangTimer: NodeJS.Timeout | null = null;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#piscina = new Piscina({
      filename: (options.entry ?? ENTRY).href,
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: BATCHES_PER_THREAD,
      maxQueue: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
      workerData: options.cacheLimits,
    });
  }

  /** How many more batches it takes. */
  get room(): number {
    return this.#ready && !this.#closed ? BATCHES_PER_THREAD - this.#batches : 0;
  }

  /** Loads the module and the trust, then takes batches. Tries again until it works or the pool is closed. */
  async warmUp(trust: () => Trust): Promise<void> {
    while (!this.#closed) {
      try {
        const reply = await this.#post(trust(), [], AbortSignal.timeout(WARM_UP_MS));
        if (reply.kind === 'verdicts') break;
      } catch (cause) {
        if (this.#closed) return;
        this.#options.onFault('warm_up_failed', (cause as Error).message);
        await new Promise((done) => setTimeout(done, WARM_UP_AGAIN_MS).unref());
      }
    }
    this.#life = new AbortController();
    this.#ready = true;
    this.#options.onFree();
  }

  async run(trust: Trust, items: readonly PackedItem[], recover: () => void): Promise<BatchOutcome> {
    const life = this.#life;
    this.#batches += 1;
    if (this.#batches === 1) this.#watch(life);
    try {
      const reply = await this.#post(trust, items, life.signal);
      if (reply.kind !== 'verdicts') throw new Error('the thread lacks the trust it was just given');
      if (reply.verdicts.length !== items.length) throw new Error('as many verdicts as items expected');
      queueMicrotask(this.#options.onFree);
      return { ...reply, trustRevision: trust.revision };
    } catch (cause) {
      // Of the batches that end together, the first to know ends the others and replaces the thread.
      if (!life.signal.aborted) life.abort('lost');
      const kind: 'lost' | 'stuck' = life.signal.reason;
      if (this.#ready && !this.#closed) {
        this.#ready = false;
        this.#loadedRevision = null;
        this.#options.onFault(kind, (cause as Error).message);
        recover();
      }
      return { kind };
    } finally {
      this.#batches -= 1;
      this.#watch(life);
    }
  }

  /** Every batch has its time from when the one before it was done. */
  #watch(life: AbortController): void {
    if (this.#hangTimer) clearTimeout(this.#hangTimer);
    this.#hangTimer = this.#batches > 0 ? setTimeout(() => life.abort('stuck'), this.#options.hangMs) : null;
  }

  async #post(trust: Trust, items: readonly PackedItem[], signal: AbortSignal) {
    const request = packRequest({
      trustRevision: trust.revision,
      trust: this.#loadedRevision === trust.revision ? null : trust.document,
      detail: false,
      items,
    });
    const reply = this.#piscina.run(request, { transferList: [request.buffer], signal });
    this.#loadedRevision = trust.revision;
    return unpackReply((await reply) as Uint8Array);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#hangTimer) clearTimeout(this.#hangTimer);
    await this.#piscina.destroy();
  }
}

export class ProvePool {
  readonly #threads: ProvingThread[];
  #trust: Trust;

  /** `trust` must have been validated: a thread that cannot load it never takes a tap. */
  constructor(options: PoolOptions, trust: Trust) {
    if (options.threads < 1) throw new RangeError('a pool needs at least one thread');
    this.#trust = trust;
    this.#threads = Array.from({ length: options.threads }, () => new ProvingThread(options));
  }

  get size(): number {
    return this.#threads.length;
  }

  /** How many more batches would be taken now. */
  get room(): number {
    return this.#threads.reduce((sum, thread) => sum + thread.room, 0);
  }

  /** Resolves when every thread takes batches. */
  async start(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.warmUp(() => this.#trust)));
  }

  /** Batches given from now on are proven under this trust. */
  setTrust(trust: Trust): void {
    this.#trust = trust;
  }

  /** Gives a batch to the thread with the most room; null when there is none. Never rejects. */
  run(items: readonly PackedItem[]): Promise<BatchOutcome> | null {
    const thread = this.#threads.reduce((best, each) => (each.room > best.room ? each : best));
    if (thread.room === 0) return null;
    return thread.run(this.#trust, items, () => void thread.warmUp(() => this.#trust));
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
