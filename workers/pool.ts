/**
 * The proving threads as the main thread sees them. Each thread is a Piscina pool of one, so that a batch is known
 * to run on one thread, a thread that dies or hangs costs exactly its own batch, and its replacement is warmed up
 * (module loaded, trust loaded) before it is given a tap.
 */
import { Piscina } from 'piscina';
import type { ProofVerdict, ProveItem, ProveStats } from './contract.ts';
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
  /** Called whenever a thread becomes free. */
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

class ProvingThread {
  readonly #piscina: Piscina;
  readonly #options: PoolOptions;
  #loadedRevision: string | null = null;
  #busy = true;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#piscina = new Piscina({
      filename: (options.entry ?? ENTRY).href,
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: 1,
      maxQueue: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
      workerData: options.cacheLimits,
    });
  }

  get free(): boolean {
    return !this.#busy && !this.#closed;
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
    this.#busy = false;
    this.#options.onFree();
  }

  async run(trust: Trust, items: readonly ProveItem[], recover: () => void): Promise<BatchOutcome> {
    this.#busy = true;
    const hang = new AbortController();
    const timer = setTimeout(() => hang.abort(), this.#options.hangMs);
    try {
      const reply = await this.#post(trust, items, hang.signal);
      if (reply.kind !== 'verdicts') throw new Error('the thread lacks the trust it was just given');
      if (reply.verdicts.length !== items.length) throw new Error('as many verdicts as items expected');
      this.#busy = false;
      queueMicrotask(this.#options.onFree);
      return { ...reply, trustRevision: trust.revision };
    } catch (cause) {
      this.#loadedRevision = null;
      const kind = hang.signal.aborted ? 'stuck' : 'lost';
      if (!this.#closed) {
        this.#options.onFault(kind, (cause as Error).message);
        recover();
      }
      return { kind };
    } finally {
      clearTimeout(timer);
    }
  }

  async #post(trust: Trust, items: readonly ProveItem[], signal: AbortSignal) {
    const request = packRequest({
      trustRevision: trust.revision,
      trust: this.#loadedRevision === trust.revision ? null : trust.document,
      detail: false,
      items,
    });
    const packed: Uint8Array = await this.#piscina.run(request, { transferList: [request.buffer], signal });
    this.#loadedRevision = trust.revision;
    return unpackReply(packed);
  }

  async close(): Promise<void> {
    this.#closed = true;
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

  get freeThreads(): number {
    return this.#threads.filter((thread) => thread.free).length;
  }

  /** Resolves when every thread takes batches. */
  async start(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.warmUp(() => this.#trust)));
  }

  /** Batches given from now on are proven under this trust. */
  setTrust(trust: Trust): void {
    this.#trust = trust;
  }

  /** Gives a batch to a free thread; null when there is none. Never rejects. */
  run(items: readonly ProveItem[]): Promise<BatchOutcome> | null {
    const thread = this.#threads.find((candidate) => candidate.free);
    if (!thread) return null;
    return thread.run(this.#trust, items, () => void thread.warmUp(() => this.#trust));
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
