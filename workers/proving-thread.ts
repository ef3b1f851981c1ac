/**
 * One proving thread as the main thread sees it: a Piscina pool of one, so that a batch is known to run on one thread, a
 * thread that dies or hangs costs exactly its own batches, and its replacement is warmed up (module loaded, trust loaded)
 * before it is given a tap.
 */
import { Piscina } from 'piscina';
import type { NamedVerdict, PackedItem, ProveReply, ProveStats } from './contract.ts';
import type { NamingKeys, SharedNamingKey } from './names/naming.ts';
import { ObservedTimeout } from './observed-time.ts';
import { packRequest } from './packing.ts';
import { unpackReply } from './reply-packing.ts';
import { readThread } from './thread-cpu.ts';
import type { FromThread, TrustDelivery } from './thread-entry.ts';
import { ThreadHeap } from './thread-heap.ts';
import { ThreadLink } from './thread-link.ts';
import { ThreadProgress } from './thread-progress.ts';
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

export type LoadOutcome =
  | { readonly kind: 'loaded' }
  /** Something else is to be loaded, or nothing any more. */
  | { readonly kind: 'superseded' }
  /** The thread goes on with what it had. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** It took too long, and was ended. */
  | { readonly kind: 'late'; readonly detail: string }
  /** The thread ended meanwhile. */
  | { readonly kind: 'ended'; readonly detail: string };

export type ThreadFault = 'lost' | 'stuck' | 'warm_up_failed';

export interface ThreadOptions {
  /** Work on one batch after which a thread that has not returned it is replaced: time on a core (`thread-progress.ts`). */
  readonly hangMs: number;
  /** A thread that has not loaded trust after this long is replaced. */
  readonly trustLoadMs: number;
  /** Memory of each thread for what it has proven, all in. */
  readonly rememberedBytes: number;
  /** What persons, cards and presentations are named with. */
  readonly namingKeys: NamingKeys;
  /** What showings are named with for all gateways of a cluster. Default: this is in none. */
  readonly sharedNamingKeys?: readonly SharedNamingKey[];
  /** What was named with before the algorithms were changed. Default: nothing that may be asked for. */
  readonly formerNamingKeys?: NamingKeys | null;
  /** The thread's entry module; tests put a faulty one here. */
  readonly entry?: URL;
  /** Whether threads go before others of the machine where cores are short and the system permits it. Default: no. */
  readonly preferred?: boolean;
  /** Called whenever a thread has room for another batch. */
  readonly onFree: () => void;
  /** Called when a thread was replaced, or could not be brought back (it is tried again). */
  readonly onFault: (fault: ThreadFault, detail: string) => void;
}

const ENTRY = new URL('./worker.ts', import.meta.url);
const SERVE = new URL('./serve.ts', import.meta.url);
/** Time to start a thread and to load its module, before it begins with trust. */
const START_MS = 30_000;
const WARM_UP_AGAIN_MS = 500;

/**
 * Young generation of each thread: three semi-spaces. Nothing of a batch outlives it, so a scavenge costs what it frees,
 * most of it buffers of batches. With V8's default of 48 a scavenge took 4 ms, every seven thousand taps, and its batch
 * waited. With 6 it takes 1 ms, more often.
 */
const YOUNG_GENERATION_MB = 6;
/**
 * Batches one thread is given at once: the next one waits on the thread itself, so that it need not idle for a turn of
 * the main thread's event loop.
 */
const BATCHES_PER_THREAD = 2;

/** A batch that is on the thread. */
interface Posted {
  /** How many verdicts it wants. */
  readonly items: number;
  readonly trustRevision: string;
  readonly settle: (outcome: BatchOutcome) => void;
}

interface UnderWay {
  readonly revision: string;
  readonly settle: (outcome: LoadOutcome) => void;
}

export class ProvingThread {
  readonly #piscina: Piscina;
  readonly #options: ThreadOptions;
  readonly #progress: ThreadProgress;
  /** Null while there is no thread that is warm or warming up. */
  #link: ThreadLink | null;
  #tid: number | null = null;
  readonly #posted: Posted[] = [];
  #revisions = new Set<string>();
  #loading: UnderWay | null = null;
  #ready = false;
  #closed = false;
  #lookTimer: NodeJS.Timeout | null = null;
  #recover: () => void = () => {};
  readonly #heap = new ThreadHeap();
  #remembered: ReadonlyMap<string, number> = new Map();

  constructor(options: ThreadOptions) {
    this.#options = options;
    this.#progress = new ThreadProgress(options.hangMs);
    this.#piscina = new Piscina({
      filename: SERVE.href,
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      workerData: {
        rememberedBytes: options.rememberedBytes,
        namingKeys: options.namingKeys,
        sharedNamingKeys: options.sharedNamingKeys ?? [],
        formerNamingKeys: options.formerNamingKeys ?? null,
      } satisfies ThreadData,
    });
    this.#link = this.#begun();
  }

  /** How many more batches it takes. */
  get room(): number {
    return this.isReady ? BATCHES_PER_THREAD - this.#posted.length : 0;
  }

  get isReady(): boolean {
    return this.#ready && !this.#closed;
  }

  /** Bytes of memory that its heap holds, and by part of what it remembers, as it said last. */
  memory(): { readonly heapBytes: number; readonly remembered: ReadonlyMap<string, number> } {
    return { heapBytes: this.#heap.read(), remembered: this.#remembered };
  }

  has(trustRevision: string): boolean {
    return this.#revisions.has(trustRevision);
  }

  /** A thread that loads its module, and waits for trust. */
  #begun(): ThreadLink {
    const { entry = ENTRY, preferred = false } = this.#options;
    return new ThreadLink(
      this.#piscina,
      { entry: entry.href, preferred },
      {
        onMessage: (message) => this.#received(message),
        onLost: (detail) => this.#end('lost', detail),
      },
    );
  }

  /** Loads the trust in force, then takes batches. Tries again until it works or the pool is closed. */
  async warmUp(inForce: () => TrustDelivery): Promise<void> {
    this.#recover = () => void this.warmUp(inForce);
    while (!this.#closed) {
      this.#link ??= this.#begun();
      let outcome = await this.load(inForce(), START_MS + this.#options.trustLoadMs);
      // Trust that came into force meanwhile is loaded too, before there is a tap to be proven under it.
      while (outcome.kind === 'loaded' && !this.has(inForce().revision)) outcome = await this.load(inForce());
      if (outcome.kind === 'loaded') break;
      if (this.#closed) return;
      this.#end('lost', 'it could not be warmed up');
      this.#options.onFault('warm_up_failed', 'detail' in outcome ? outcome.detail : outcome.kind);
      await new Promise((done) => setTimeout(done, WARM_UP_AGAIN_MS).unref());
    }
    if (this.#revisions.size > 1) this.keepOnly(inForce().revision);
    this.#ready = !this.#closed;
    this.#options.onFree();
  }

  /** Gives it another revision of trust beside the one it has; batches go on. Takes the place of one under way. */
  load(trust: TrustDelivery, limitMs = this.#options.trustLoadMs): Promise<LoadOutcome> {
    this.#loading?.settle({ kind: 'superseded' });
    if (this.#link === null) return Promise.resolve({ kind: 'ended', detail: 'there is no thread' });
    return new Promise((resolve) => {
      const tooLate = `it did not load trust within ${limitMs} ms`;
      const timeout = new ObservedTimeout(limitMs, () => {
        this.#loading?.settle({ kind: 'late', detail: tooLate });
        this.#end('stuck', tooLate);
      });
      this.#loading = {
        revision: trust.revision,
        settle: (outcome) => {
          timeout.end();
          this.#loading = null;
          resolve(outcome);
        },
      };
      this.#link?.post({ kind: 'load', trust });
    });
  }

  /** Forgets every other revision once the batches on it are done, and gives up what is being loaded. */
  keepOnly(trustRevision: string): void {
    this.#loading?.settle({ kind: 'superseded' });
    this.#revisions = new Set([trustRevision]);
    this.#link?.post({ kind: 'keep', revision: trustRevision });
  }

  run(trustRevision: string, items: readonly PackedItem[]): Promise<BatchOutcome> {
    const request = packRequest({ trustRevision, items });
    return new Promise((settle) => {
      this.#posted.push({ items: items.length, trustRevision, settle });
      this.#link?.postBatch(request);
      // One timer runs on for many batches.
      this.#lookTimer ??= setTimeout(() => this.#look(), this.#progress.lookMs);
    });
  }

  #received(message: FromThread): void {
    if (message instanceof Uint8Array) this.#replied(message);
    else if (message.kind === 'started') {
      this.#tid = message.tid;
      this.#heap.of(this.#piscina.threads[0] ?? null);
    } else if (message.revision !== this.#loading?.revision) return;
    else if (message.kind === 'loaded') {
      this.#revisions.add(message.revision);
      this.#loading.settle({ kind: 'loaded' });
    } else this.#loading.settle({ kind: 'refused', detail: message.message });
  }

  #replied(packed: Uint8Array): void {
    const oldest = this.#posted[0];
    if (oldest === undefined) return;
    let reply: ProveReply;
    try {
      reply = unpackReply(packed);
      if (reply.kind !== 'verdicts') throw new Error('the thread lacks the trust it was given');
      if (reply.verdicts.length !== oldest.items) throw new Error('as many verdicts as items expected');
    } catch (cause) {
      this.#end('lost', (cause as Error).message);
      return;
    }
    this.#posted.shift();
    this.#remembered = reply.stats.remembered ?? this.#remembered;
    oldest.settle({ ...reply, trustRevision: oldest.trustRevision });
    queueMicrotask(this.#options.onFree);
  }

  /** Ends the thread; its batches learn it, and it is replaced. */
  #end(kind: 'lost' | 'stuck', detail: string): void {
    this.#link?.end();
    this.#link = null;
    this.#tid = null;
    this.#heap.of(null);
    this.#remembered = new Map();
    this.#revisions.clear();
    const wasReady = this.#ready;
    this.#ready = false;
    this.#loading?.settle({ kind: 'ended', detail });
    for (const { settle } of this.#posted.splice(0)) settle({ kind });
    if (!wasReady || this.#closed) return;
    this.#options.onFault(kind, detail);
    this.#recover();
  }

  #look(): void {
    this.#lookTimer = null;
    const [oldest] = this.#posted;
    if (oldest === undefined || !this.#ready) return;
    const reading = this.#tid === null ? null : readThread(this.#tid);
    const progress = this.#progress.look(oldest, reading, performance.now());
    this.#lookTimer = setTimeout(() => this.#look(), this.#progress.lookMs);
    if (progress === 'fine') return;
    // Timers come before messages: where the main thread itself was late, the answer may lie there unread.
    setImmediate(() => {
      if (this.#posted[0] === oldest) this.#end('stuck', hangDetail(progress, this.#options.hangMs));
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#lookTimer) clearTimeout(this.#lookTimer);
    this.#end('lost', 'the pool was closed');
    await this.#piscina.destroy();
  }
}

function hangDetail(progress: 'spinning' | 'blocked', hangMs: number): string {
  return progress === 'spinning'
    ? `it has worked for ${hangMs} ms and more on one batch`
    : `it sleeps over a batch, and has for several times ${hangMs} ms`;
}
