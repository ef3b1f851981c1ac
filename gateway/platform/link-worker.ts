/** Keeps the thread of the platform link running: one that dies is started again, and what is in force stays. */
import { Worker } from 'node:worker_threads';
import { Backoff } from '../client/backoff.ts';
import type { LinkData } from './link-session.ts';
import type { FromLink, ToLink } from './messages.ts';

export interface LinkWorkerOptions {
  readonly data: LinkData;
  readonly onMessage: (message: FromLink) => void;
  /** A thread has started; it knows nothing yet. */
  readonly onStarted: () => void;
  /** A thread has died, and another follows. */
  readonly onDied: (reason: string) => void;
}

const ENTRY = new URL('./link-thread.ts', import.meta.url);
/** One that does not end by itself when asked is ended. */
const STOP_MS = 5_000;
/** One that ran for so long had started well: the pauses begin anew. */
const SETTLED_MS = 60_000;

export class LinkWorker {
  readonly #options: LinkWorkerOptions;
  readonly #backoff = new Backoff({ firstMs: 250, maxMs: 10_000 });
  #worker: Worker | null = null;
  #restart: NodeJS.Timeout | null = null;
  #stopping = false;

  constructor(options: LinkWorkerOptions) {
    this.#options = options;
    this.#start();
  }

  /** Lost while no thread runs: `onStarted` is where its successor is told what it needs to know. */
  post(message: ToLink): void {
    this.#worker?.postMessage(message);
  }

  /** Asks the thread to finish, and waits for it. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#restart) clearTimeout(this.#restart);
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    const timer = setTimeout(() => void worker.terminate(), STOP_MS);
    worker.postMessage({ kind: 'stop' } satisfies ToLink);
    await ended;
    clearTimeout(timer);
  }

  #start(): void {
    const startedAt = performance.now();
    const worker = new Worker(ENTRY, { workerData: this.#options.data });
    this.#worker = worker;
    let reason = 'it ended';
    worker.on('message', (message: FromLink) => {
      if (this.#worker === worker) this.#options.onMessage(message);
    });
    worker.on('error', (error: Error) => {
      reason = error.message;
    });
    worker.once('exit', () => {
      this.#worker = null;
      if (this.#stopping) return;
      if (performance.now() - startedAt > SETTLED_MS) this.#backoff.reset();
      this.#options.onDied(reason);
      this.#restart = setTimeout(() => this.#start(), this.#backoff.next());
    });
    this.#options.onStarted();
  }
}
