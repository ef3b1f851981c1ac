/**
 * Notices that the main thread stood still: the process was stopped, the machine paused, or other work took too long. What
 * is read first thereafter may have lain there since before, and nobody knows how long.
 */

/** Each look wakes the processor: they are as far apart as lets none that is too long go unseen. */
const LOOK_MS = 50;
/** Above what collecting garbage and a full turn of the event loop take. */
const STANDSTILL_MS = 100;

export interface StandstillOptions {
  /** Monotonic, milliseconds; one that goes on while the process is stopped. */
  readonly now: () => number;
  /** Called once for each, as soon as it is over. */
  readonly onStandstill: (lastedMs: number) => void;
}

export class Standstill {
  readonly #options: StandstillOptions;
  #lastLook: number;
  /** When it was last seen to run before a standstill, while what lay there is read. */
  #before: number | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: StandstillOptions) {
    this.#options = options;
    this.#lastLook = options.now();
  }

  start(): void {
    this.#lastLook = this.#options.now();
    this.#timer ??= setInterval(() => this.#look(this.#options.now()), LOOK_MS).unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** The earliest time at which a message that is read now can have come: now, but after a standstill. */
  heardSince(now: number): number {
    if (this.#timer !== null && now - this.#lastLook > STANDSTILL_MS) this.#look(now);
    return this.#before ?? now;
  }

  #look(now: number): void {
    const lastedMs = now - this.#lastLook;
    if (lastedMs > STANDSTILL_MS) {
      this.#before ??= this.#lastLook;
      // This turn of the event loop may be at its messages already; the next one certainly reads what is left.
      setImmediate(() =>
        setImmediate(() => {
          this.#before = null;
        }),
      );
      this.#options.onStandstill(lastedMs);
    }
    this.#lastLook = now;
  }
}
