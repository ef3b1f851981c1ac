/** One life of the thread of the store, as the main thread has it: what is asked of it, and what it answers. */
import { Worker } from 'node:worker_threads';
import { ThreadHeap } from '../../../workers/thread-heap.ts';
import type { StoreEvents } from '../store/store.ts';
import { type NamesAnswer, takingMsMax } from '../store/taken-names.ts';
import type { Taken, Wanted } from '../store/taking.ts';
import { answerBytesMax, readAnswer } from './answer-records.ts';
import { type GivenBack, writeGiveBack, writeTake } from './ask-records.ts';
import { newRing, RingReader, RingWriter } from './byte-ring.ts';
import {
  type FromStoreThread,
  type StoreThreadData,
  type ToStoreThread,
  WORD_COUNT,
  WORDS,
} from './messages.ts';
import { WaitingTaps } from './waiting-taps.ts';

/** Bytes of what waits to be asked: a hundred for each of those that may be under way, which is plenty. */
const ASK_BYTES = 100;
/** What the thread has beside the store's own time to take names. */
const NAMES_SPARE_MS = 500;
/** One that does not end by itself when it is told to is ended. */
const STOP_MS = 2_000;
const ENTRY = new URL('./store-thread-entry.ts', import.meta.url);

export interface StoreLifeOptions {
  readonly data: Omit<StoreThreadData, 'words' | 'asks' | 'answers'>;
  /** Another entry module: tests put a faulty one here. */
  readonly entry?: URL | undefined;
  readonly events: StoreEvents;
  readonly onMessage: (message: Exclude<FromStoreThread, { kind: 'read' | 'named' }>) => void;
  /** It ended. What was not answered has no answer by then. Not called after `stop`. */
  readonly onEnded: (reason: string) => void;
}

export class StoreLife {
  readonly #options: StoreLifeOptions;
  readonly #worker: Worker;
  readonly #words = new Int32Array(new SharedArrayBuffer(WORD_COUNT * Int32Array.BYTES_PER_ELEMENT));
  readonly #asks: RingWriter;
  readonly #answers: RingReader;
  readonly #waiting: WaitingTaps;
  readonly #heap = new ThreadHeap();
  readonly #named = new Map<number, (answer: NamesAnswer | null) => void>();
  #numbers = 0;
  #isReading = false;
  #isOver = false;

  constructor(options: StoreLifeOptions) {
    this.#options = options;
    const { data, entry = ENTRY, events } = options;
    const { waiting_max: waitingMax, deadline_ms: deadlineMs } = data.store;
    const asks = newRing(powerOfTwo(ASK_BYTES * waitingMax));
    const answers = newRing(powerOfTwo(answerBytesMax(waitingMax)));
    this.#asks = new RingWriter(asks);
    this.#answers = new RingReader(answers);
    this.#waiting = new WaitingTaps({ deadlineMs, events, collect: () => this.collect() });
    const workerData: StoreThreadData = { ...data, words: this.#words.buffer, asks, answers };
    this.#worker = new Worker(entry, { workerData });
    // Before that it has no answer, and would be asked no more.
    this.#worker.once('online', () => this.#heap.of(this.#worker));
    this.#watch();
  }

  /** Whether the store would be asked now. */
  get isThere(): boolean {
    return !this.#isOver && !this.#waiting.isSilent && Atomics.load(this.#words, WORDS.isThere) === 1;
  }

  get underWay(): number {
    return this.#isOver ? 0 : Atomics.load(this.#words, WORDS.underWay);
  }

  /** Taps that wait. */
  get waiting(): number {
    return this.#waiting.count;
  }

  /** Memory that its heap holds, as it said last. */
  get heapBytes(): number {
    return this.#heap.read();
  }

  /** False: there is no room. */
  take(all: readonly Wanted[], onTaken: (taken: readonly Taken[]) => void): boolean {
    this.#numbers = (this.#numbers + 1) >>> 0;
    if (this.#isOver || !writeTake(this.#asks, this.#numbers, all)) return false;
    this.#waiting.add(this.#numbers, all, onTaken);
    this.#call();
    return true;
  }

  /** False: it is over, or there is no room. */
  giveBack(wanted: Wanted, what: GivenBack): boolean {
    if (this.#isOver || !writeGiveBack(this.#asks, wanted, what)) return false;
    this.#call();
    return true;
  }

  /** Calls back for all that was answered meanwhile. */
  collect(): void {
    Atomics.add(this.#words, WORDS.looks, 1);
    if (this.#isReading || this.#answers.isEmpty) return;
    this.#isReading = true;
    try {
      this.#answers.readAll(this.#onAnswer);
    } finally {
      this.#isReading = false;
    }
  }

  takeNames(names: readonly string[], untilMs: number): Promise<NamesAnswer | null> {
    if (this.#isOver) return Promise.resolve(null);
    this.#numbers = (this.#numbers + 1) >>> 0;
    const number = this.#numbers;
    const { deadline_ms: deadlineMs } = this.#options.data.store;
    return new Promise((resolve) => {
      // Timers come before messages: where this thread itself was late, the answer may lie there.
      const timer = setTimeout(
        () => setImmediate(() => this.#onNamed(number, null)),
        takingMsMax(deadlineMs) + NAMES_SPARE_MS,
      );
      this.#named.set(number, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#post({ kind: 'names', number, names, untilMs });
    });
  }

  look(): void {
    this.#post({ kind: 'look' });
  }

  /** What was given back is told the store; what waits has no answer. */
  async stop(): Promise<void> {
    if (this.#isOver) return;
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    const timer = setTimeout(() => void this.#worker.terminate(), STOP_MS);
    this.#post({ kind: 'stop' });
    this.#end();
    await ended;
    clearTimeout(timer);
  }

  #watch(): void {
    let reason = 'it ended';
    this.#worker.on('message', (message: FromStoreThread) => {
      if (message.kind === 'read') Atomics.store(this.#words, WORDS.isMainCalled, 0);
      else if (message.kind === 'named') this.#onNamed(message.number, message.answer);
      else this.#options.onMessage(message);
      this.collect();
    });
    this.#worker.on('error', (error: Error) => {
      reason = error.message;
    });
    this.#worker.once('exit', () => {
      if (this.#isOver) return;
      this.collect();
      this.#end();
      this.#options.onEnded(reason);
    });
  }

  #end(): void {
    this.#isOver = true;
    this.#heap.of(null);
    this.#waiting.end();
    for (const resolve of this.#named.values()) resolve(null);
    this.#named.clear();
  }

  #onNamed(number: number, answer: NamesAnswer | null): void {
    this.#named.get(number)?.(answer);
    this.#named.delete(number);
  }

  readonly #onAnswer = (from: number): void =>
    readAnswer(this.#answers.bytes, from, this.#onTaken, this.#options.events);

  readonly #onTaken = (number: number, all: readonly Taken[]): void => this.#waiting.answered(number, all);

  #call(): void {
    if (Atomics.exchange(this.#words, WORDS.isThreadCalled, 1) === 0) this.#post({ kind: 'read' });
  }

  #post(message: ToStoreThread): void {
    this.#worker.postMessage(message);
  }
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(atLeast));
}
