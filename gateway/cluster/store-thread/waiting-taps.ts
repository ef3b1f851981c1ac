/**
 * Taps of the main thread that wait for the thread of the store. That thread keeps the deadline; where it says nothing at all for
 * longer, nobody waits for it.
 */
import type { StoreEvents } from '../store/store.ts';
import type { Taken, Wanted } from '../store/taking.ts';

/**
 * Looks are counted, and not time: a process that stood still looks once, and then the other thread has stood still too. So many
 * looks in which nothing was answered make it silent.
 */
const LOOK_MS = 25;
const SILENT_LOOKS = 3;

interface Waiting {
  readonly all: readonly Wanted[];
  readonly onTaken: (taken: readonly Taken[]) => void;
  /** The last look before it came. */
  readonly look: number;
}

export interface WaitingTapsOptions {
  /** Of the store. */
  readonly deadlineMs: number;
  readonly events: StoreEvents;
  /** Reads what was answered. */
  readonly collect: () => void;
}

export class WaitingTaps {
  readonly #options: WaitingTapsOptions;
  readonly #byNumber = new Map<number, Waiting>();
  readonly #looksMax: number;
  #looks = 0;
  #timer: NodeJS.Timeout | null = null;
  count = 0;
  /** The thread let a tap wait for too long, and has answered none since. */
  isSilent = false;

  constructor(options: WaitingTapsOptions) {
    this.#options = options;
    this.#looksMax = SILENT_LOOKS + Math.ceil(options.deadlineMs / LOOK_MS);
  }

  add(number: number, all: readonly Wanted[], onTaken: Waiting['onTaken']): void {
    this.#byNumber.set(number, { all, onTaken, look: this.#looks });
    this.count += all.length;
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
  }

  answered(number: number, taken: readonly Taken[]): void {
    this.isSilent = false;
    const waiting = this.#byNumber.get(number);
    // Too late: it was told that nobody says.
    if (waiting === undefined) return;
    this.#remove(number, waiting);
    waiting.onTaken(taken);
  }

  /** Nobody will answer. */
  end(): void {
    for (const [number, waiting] of this.#byNumber) {
      this.#options.events.failed(waiting.all.length);
      this.#unanswered(number, waiting);
    }
    this.#rest();
  }

  #look(): void {
    this.#options.collect();
    this.#looks += 1;
    if (this.#byNumber.size === 0) {
      this.#rest();
      return;
    }
    for (const [number, waiting] of this.#byNumber) {
      if (this.#looks - waiting.look <= this.#looksMax) return;
      this.isSilent = true;
      this.#options.events.late(waiting.all.length);
      this.#unanswered(number, waiting);
    }
  }

  #unanswered(number: number, waiting: Waiting): void {
    this.#remove(number, waiting);
    waiting.onTaken(noAnswers(waiting.all));
  }

  #remove(number: number, { all }: Waiting): void {
    this.#byNumber.delete(number);
    this.count -= all.length;
  }

  #rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}

export function noAnswers(all: readonly Wanted[]): Taken[] {
  return all.map(({ names }) => ({ showing: names.length > 0 ? 'no_answer' : 'not_wanted', cardTaps: null }));
}
