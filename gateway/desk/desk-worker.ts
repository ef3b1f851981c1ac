/** Keeps the thread of the desk running, and answers what it asks. One that dies is started again; taps go on meanwhile. */
import { Worker } from 'node:worker_threads';
import { ThreadHeap } from '../../workers/thread-heap.ts';
import { RestartPause } from '../scheduling/restart-pause.ts';
import type { DeskCore } from './desk-core.ts';
import { DeskError } from './desk-error.ts';
import type { DeskGaugeValues } from './desk-gauges.ts';
import type { Asked, DeskData, FromDesk, ToDesk } from './messages.ts';

export interface DeskWorkerOptions {
  readonly data: DeskData;
  readonly core: DeskCore;
  /** The desk's own code: the core does not know it. */
  readonly entry: URL;
  readonly onLog: (line: Extract<FromDesk, { readonly kind: 'log' }>) => void;
  readonly onGauges: (values: DeskGaugeValues) => void;
  /** For the operator's terminal, never a log. */
  readonly onSaidOnce: (text: string) => void;
  /** The thread died, and another follows; or a question of it failed. */
  readonly onFault: (cause: Error) => void;
}

const HEAP = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 32 };
const STOP_MS = 10_000;

export class DeskWorker {
  readonly #options: DeskWorkerOptions;
  readonly #pause = new RestartPause({ firstMs: 250, longestMs: 10_000 });
  readonly #heap = new ThreadHeap();
  #data: DeskData;
  #worker: Worker | null = null;
  #restart: NodeJS.Timeout | null = null;
  #hasListened = false;
  #stopping = false;

  constructor(options: DeskWorkerOptions) {
    this.#options = options;
    this.#data = options.data;
  }

  /** Bytes of memory that its heap holds, as it said last. */
  get heapBytes(): number {
    return this.#heap.read();
  }

  /** Resolves with the port. Rejects with DeskError when the desk cannot be run. */
  async listen(): Promise<number> {
    const port = await this.#start();
    const { hotel } = this.#data;
    // Where any port was meant: one that is started again has the one that people know.
    this.#data = { ...this.#data, hotel: { ...hotel, listen: { ...hotel.listen, port } } };
    this.#hasListened = true;
    return port;
  }

  /** Tells the desk, if it runs. One that starts asks by itself. */
  tell(message: Extract<ToDesk, { readonly kind: 'mode' }>): void {
    this.#worker?.postMessage(message);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#restart) clearTimeout(this.#restart);
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    const timer = setTimeout(() => void worker.terminate(), STOP_MS);
    worker.postMessage({ kind: 'stop' } satisfies ToDesk);
    await ended;
    clearTimeout(timer);
  }

  #start(): Promise<number> {
    const worker = new Worker(this.#options.entry, { workerData: this.#data, resourceLimits: HEAP });
    this.#worker = worker;
    this.#heap.of(worker);
    return new Promise((resolve, reject) => {
      let why = 'its thread ended';
      worker.on('message', (message: FromDesk) => {
        if (message.kind === 'listening') resolve(message.port);
        else if (message.kind === 'unusable') why = message.why;
        else this.#took(worker, message);
      });
      worker.on('error', (error: Error) => {
        why = error.message;
      });
      worker.once('exit', () => {
        this.#worker = null;
        this.#heap.of(null);
        // Nothing comes of it when it had listened.
        reject(new DeskError(`the hotel desk cannot be run: ${why}`));
        if (this.#hasListened && !this.#stopping) this.#startAgain(why);
      });
    });
  }

  #startAgain(why: string): void {
    this.#options.onFault(new DeskError(`the thread of the desk ended: ${why}`));
    this.#restart = setTimeout(() => {
      this.#start().then(
        () => this.#pause.reset(),
        // It has ended, and is started again.
        () => {},
      );
    }, this.#pause.next());
  }

  #took(worker: Worker, message: Exclude<FromDesk, { readonly kind: 'listening' | 'unusable' }>): void {
    const { onLog, onGauges, onSaidOnce } = this.#options;
    if (message.kind === 'ask') void this.#answer(worker, message);
    else if (message.kind === 'log') onLog(message);
    else if (message.kind === 'gauges') onGauges(message.values);
    else onSaidOnce(message.text);
  }

  async #answer(worker: Worker, { id, verb, args }: Asked): Promise<void> {
    const post = (message: ToDesk) => worker.postMessage(message);
    try {
      const ask = this.#options.core[verb] as (...all: readonly unknown[]) => Promise<unknown>;
      post({ kind: 'answered', id, value: await ask(...args) });
    } catch (cause) {
      this.#options.onFault(cause as Error);
      post({ kind: 'failed', id, why: (cause as Error).message });
    }
  }
}
