/** Says that records were lost: at once, and then at most once a minute with what came together since. */
const INTERVAL_MS = 60_000;

export class LossAlarm {
  readonly #say: (records: number) => void;
  readonly #now: () => number;
  #unsaid = 0;
  #saidAtMs = Number.NEGATIVE_INFINITY;

  /** `say`: told how many records were lost since it was told last. */
  constructor(say: (records: number) => void, now: () => number = () => performance.now()) {
    this.#say = say;
    this.#now = now;
  }

  lost(records: number): void {
    this.#unsaid += records;
    const now = this.#now();
    if (now - this.#saidAtMs < INTERVAL_MS) return;
    this.#saidAtMs = now;
    this.#say(this.#unsaid);
    this.#unsaid = 0;
  }
}
