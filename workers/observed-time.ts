/**
 * Time as one that looks regularly has seen it pass. What passed while it did not look itself (the process was stopped, the
 * machine paused or too busy) tells nothing of others, and does not count against them.
 */
export class ObservedTime {
  readonly #lookMs: number;
  #last: number | null = null;

  /** `lookMs`: how often it means to look. */
  constructor(lookMs: number) {
    this.#lookMs = lookMs;
  }

  /** Milliseconds since the last look, two intervals at the most; 0 for the first. `now`: monotonic, milliseconds. */
  look(now: number): number {
    const passed = this.#last === null ? 0 : now - this.#last;
    this.#last = now;
    return Math.min(passed, 2 * this.#lookMs);
  }
}

const LOOKS_PER_LIMIT = 20;

/** Calls back once so much observed time has passed, unless it is ended before. */
export class ObservedTimeout {
  readonly #timer: NodeJS.Timeout;
  #passedMs = 0;

  constructor(limitMs: number, onOver: () => void) {
    const lookMs = Math.max(1, limitMs / LOOKS_PER_LIMIT);
    const time = new ObservedTime(lookMs);
    time.look(performance.now());
    this.#timer = setInterval(() => {
      this.#passedMs += time.look(performance.now());
      if (this.#passedMs < limitMs) return;
      this.end();
      onOver();
    }, lookMs);
  }

  /** All the time again. */
  restart(): void {
    this.#passedMs = 0;
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
