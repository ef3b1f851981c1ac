/** Keeps the thread of the platform link running: one that dies or hangs is started again, and what is in force stays. */
import type { Worker } from 'node:worker_threads';
import { ObservedTimeout } from '../../workers/observed-time.ts';
import { ThreadHeap } from '../../workers/thread-heap.ts';
import { RestartPause } from '../scheduling/restart-pause.ts';
import type { LinkData } from './link-session.ts';
import { endLinkThread, hasEnded, startLinkThread } from './link-thread-life.ts';
import type { BeginLink, FromLink, ToLink } from './messages.ts';

export interface LinkWorkerOptions {
  /** What a thread is started with: asked for each. */
  readonly data: () => LinkData;
  /** Another entry module: tests put a faulty one here. */
  readonly entry?: URL;
  /** The first thread, where it was started already. */
  readonly ahead?: Worker;
  /** A thread that has said nothing for so long is ended, and another follows. */
  readonly hangMs: number;
  readonly onMessage: (message: Exclude<FromLink, { kind: 'alive' }>) => void;
  /** A thread has started; it knows nothing yet. */
  readonly onStarted: () => void;
  /** A thread hangs, and is being ended. */
  readonly onHung: (detail: string) => void;
  /** A thread has died, and another follows. */
  readonly onDied: (reason: string) => void;
}

/** Time from the start of a thread to its first sign of life, beside the time it has between others. */
const START_MS = 30_000;
/** One that ran for so long had started well: the pauses begin anew. */
const SETTLED_MS = 60_000;

export class LinkWorker {
  readonly #options: LinkWorkerOptions;
  readonly #pause = new RestartPause({ firstMs: 250, longestMs: 10_000 });
  readonly #heap = new ThreadHeap();
  #worker: Worker | null = null;
  #restart: NodeJS.Timeout | null = null;
  #stopping = false;

  constructor(options: LinkWorkerOptions) {
    this.#options = options;
    this.#start(options.ahead);
  }

  /** Returns false when no thread runs, and it is lost: `onStarted` is where its successor is told what it needs to know. */
  post(message: ToLink): boolean {
    this.#worker?.postMessage(message);
    return this.#worker !== null;
  }

  /** Bytes of memory that its heap holds, as it said last. */
  get heapBytes(): number {
    return this.#heap.read();
  }

  /** Asks the thread to finish, and waits for it. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#restart) clearTimeout(this.#restart);
    if (this.#worker) await endLinkThread(this.#worker);
  }

  #start(ahead?: Worker): void {
    const startedAt = performance.now();
    const { entry, hangMs, data } = this.#options;
    const worker = ahead !== undefined && !hasEnded(ahead) ? ahead : startLinkThread(entry);
    worker.postMessage({ kind: 'begin', data: data() } satisfies BeginLink);
    this.#worker = worker;
    this.#heap.of(worker);
    let reason = 'it ended';
    const hung = () => {
      reason = `it hung: no sign of life within ${hangMs} ms`;
      this.#options.onHung(reason);
      void worker.terminate();
    };
    // A machine that is busy takes long to load the thread's modules.
    let silence = new ObservedTimeout(START_MS + hangMs, hung);
    worker.once('message', () => {
      silence.end();
      silence = new ObservedTimeout(hangMs, hung);
    });
    worker.on('message', (message: FromLink) => {
      silence.restart();
      if (this.#worker === worker && message.kind !== 'alive') this.#options.onMessage(message);
    });
    worker.on('error', (error: Error) => {
      reason = error.message;
    });
    worker.once('exit', () => {
      silence.end();
      this.#worker = null;
      this.#heap.of(null);
      if (this.#stopping) return;
      if (performance.now() - startedAt > SETTLED_MS) this.#pause.reset();
      this.#options.onDied(reason);
      this.#restart = setTimeout(() => this.#start(), this.#pause.next());
    });
    this.#options.onStarted();
  }
}
