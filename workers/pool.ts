/**
 * The proving threads as the main thread sees them. Each thread is a Piscina pool of one, so that a batch is known
 * to run on one thread, a thread that dies or hangs costs exactly its own batches, and its replacement is warmed up
 * (module loaded, trust loaded) before it is given a tap.
 */
import { Piscina } from 'piscina';
import type { NamedVerdict, PackedItem, ProveReply, ProveStats } from './contract.ts';
import type { CacheLimits } from './families/family.ts';
import type { NamingKeys } from './names/naming.ts';
import { packRequest } from './packing.ts';
import { unpackReply } from './reply-packing.ts';
import { ThreadLink } from './thread-link.ts';
import type { TrustDocument } from './trust/document.ts';
import type { ThreadData } from './worker.ts';

export type BatchOutcome =
  | {
      readonly kind: 'verdicts';
      readonly trustRevision: string;
      readonly verdicts: readonly NamedVerdict[];
      readonly stats: ProveStats;
    }
  | { readonly kind: 'lost' }
  | { readonly kind: 'stuck' };

export interface PoolOptions {
  readonly threads: number;
  /** A thread that has not answered a batch after this long is replaced. */
  readonly hangMs: number;
  readonly cacheLimits: CacheLimits;
  /** What persons, cards and presentations are named with. */
  readonly namingKeys: NamingKeys;
  /** The thread's entry module; tests put a faulty one here. */
  readonly entry?: URL;
  /** Whether threads go before others of the machine where cores are short and the system permits it. Default: no. */
  readonly preferred?: boolean;
  /** Called whenever a thread has room for another batch. */
  readonly onFree: () => void;
  /** Called when a thread was replaced, or could not be brought back (it is tried again). */
  readonly onFault: (fault: 'lost' | 'stuck' | 'warm_up_failed', detail: string) => void;
}

const ENTRY = new URL('./worker.ts', import.meta.url);
const SERVE = new URL('./serve.ts', import.meta.url);
const WARM_UP_MS = 30_000;
const WARM_UP_AGAIN_MS = 500;

interface Trust {
  readonly revision: string;
  readonly document: TrustDocument;
}

/**
 * Of each thread, three times what is filled between two collections. Nothing of a batch outlives it, so a collection costs
 * what there is to let go, most of it the buffers of batches. By V8's own choice, 48, a thread stood still for 4 ms every
 * seven thousand taps, and its batch with it; so it is 1 ms, more often.
 */
const YOUNG_GENERATION_MB = 6;
/**
 * Batches one thread is given at once: the next one waits on the thread itself, so that it need not idle for a turn of
 * the main thread's event loop.
 */
const BATCHES_PER_THREAD = 2;

/** A batch that is on the thread. */
interface Posted {
  /** How many verdicts it wants; null: it only warms up. */
  readonly items: number | null;
  readonly trustRevision: string;
  readonly settle: (outcome: BatchOutcome) => void;
}

class ProvingThread {
  readonly #piscina: Piscina;
  readonly #options: PoolOptions;
  /** Null while there is no thread that is warm or warming up. */
  #link: ThreadLink | null = null;
  readonly #posted: Posted[] = [];
  #loadedRevision: string | null = null;
  #ready = false;
  #closed = false;
  /** When the oldest batch on the thread became the oldest. */
  #busySince = 0;
  #hangTimer: NodeJS.Timeout | null = null;
  #recover: () => void = () => {};
  #endDetail = '';

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#piscina = new Piscina({
      filename: SERVE.href,
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      workerData: { cacheLimits: options.cacheLimits, namingKeys: options.namingKeys } satisfies ThreadData,
    });
  }

  /** How many more batches it takes. */
  get room(): number {
    return this.#ready && !this.#closed ? BATCHES_PER_THREAD - this.#posted.length : 0;
  }

  /** Loads the module and the trust, then takes batches. Tries again until it works or the pool is closed. */
  async warmUp(trust: () => Trust): Promise<void> {
    this.#recover = () => void this.warmUp(trust);
    while (!this.#closed) {
      const { entry = ENTRY, preferred = false } = this.#options;
      this.#link = new ThreadLink(
        this.#piscina,
        { entry: entry.href, preferred },
        {
          onReply: (reply) => this.#replied(reply),
          onLost: (detail) => this.#end('lost', detail),
        },
      );
      const timer = setTimeout(() => this.#end('stuck', 'warming up took too long'), WARM_UP_MS);
      const outcome = await this.#post(trust(), null);
      clearTimeout(timer);
      if (outcome.kind === 'verdicts') break;
      if (this.#closed) return;
      this.#options.onFault('warm_up_failed', this.#endDetail);
      await new Promise((done) => setTimeout(done, WARM_UP_AGAIN_MS).unref());
    }
    this.#ready = !this.#closed;
    this.#options.onFree();
  }

  run(trust: Trust, items: readonly PackedItem[]): Promise<BatchOutcome> {
    const outcome = this.#post(trust, items);
    if (this.#posted.length === 1) this.#watch();
    return outcome;
  }

  #post(trust: Trust, items: readonly PackedItem[] | null): Promise<BatchOutcome> {
    const request = packRequest({
      trustRevision: trust.revision,
      trust: this.#loadedRevision === trust.revision ? null : trust.document,
      items: items ?? [],
    });
    this.#loadedRevision = trust.revision;
    return new Promise((settle) => {
      this.#posted.push({ items: items?.length ?? null, trustRevision: trust.revision, settle });
      this.#link?.post(request);
    });
  }

  #replied(packed: Uint8Array): void {
    const oldest = this.#posted[0];
    if (oldest === undefined) return;
    let reply: ProveReply;
    try {
      reply = unpackReply(packed);
      if (reply.kind !== 'verdicts') throw new Error('the thread lacks the trust it was just given');
      if (reply.verdicts.length !== (oldest.items ?? 0))
        throw new Error('as many verdicts as items expected');
    } catch (cause) {
      this.#end('lost', (cause as Error).message);
      return;
    }
    this.#posted.shift();
    if (this.#posted.length > 0) this.#watch();
    oldest.settle({ ...reply, trustRevision: oldest.trustRevision });
    if (oldest.items !== null) queueMicrotask(this.#options.onFree);
  }

  /** Ends the thread; its batches learn it, and it is replaced. */
  #end(kind: 'lost' | 'stuck', detail: string): void {
    this.#link?.end();
    this.#link = null;
    this.#loadedRevision = null;
    this.#endDetail = detail;
    const wasReady = this.#ready;
    this.#ready = false;
    for (const { settle } of this.#posted.splice(0)) settle({ kind });
    if (!wasReady || this.#closed) return;
    this.#options.onFault(kind, detail);
    this.#recover();
  }

  /** Every batch has its time from when the one before it was done. One timer runs on for many batches. */
  #watch(): void {
    this.#busySince = performance.now();
    this.#hangTimer ??= setTimeout(() => this.#look(), this.#options.hangMs);
  }

  #look(): void {
    this.#hangTimer = null;
    const [oldest] = this.#posted;
    if (oldest === undefined || !this.#ready) return;
    const leftMs = this.#busySince + this.#options.hangMs - performance.now();
    if (leftMs > 0) {
      this.#hangTimer = setTimeout(() => this.#look(), leftMs);
      return;
    }
    // Timers come before messages: where the main thread itself was late, the answer may lie there unread.
    setImmediate(() => {
      if (this.#posted[0] === oldest) this.#end('stuck', `no answer within ${this.#options.hangMs} ms`);
      else if (this.#posted.length > 0)
        this.#hangTimer ??= setTimeout(() => this.#look(), this.#options.hangMs);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#hangTimer) clearTimeout(this.#hangTimer);
    this.#end('lost', 'the pool was closed');
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
    return thread.run(this.#trust, items);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
