/**
 * How many records go into one upload: half where the platform, or something before it, says it is too much; twice as
 * many again, up to what is set, once some were taken. How many must be taken first doubles each time that more was too
 * much after all, so that a lasting bound does not cost every other upload, and halves each time that it was not.
 */
const PATIENCE = 4;
const PATIENCE_MAX = 256;

export class BatchSize {
  readonly #most: number;
  #records: number;
  #patience = PATIENCE;
  /** Uploads taken since it changed. */
  #taken = 0;
  /** It was doubled, and nothing is known of that yet. */
  #tries = false;

  constructor(most: number) {
    this.#most = most;
    this.#records = most;
  }

  get records(): number {
    return this.#records;
  }

  /** `records`: of the upload. A smaller one than was allowed says nothing of whether more would be taken. */
  taken(records: number): void {
    if (records < this.#records) return;
    if (this.#tries) this.#patience = Math.max(1, this.#patience / 2);
    this.#tries = false;
    this.#taken += 1;
    if (this.#records === this.#most || this.#taken < this.#patience) return;
    this.#taken = 0;
    this.#records = Math.min(this.#most, this.#records * 2);
    this.#tries = true;
  }

  /** So many were too many. */
  tooMany(records: number): void {
    if (this.#tries) this.#patience = Math.min(PATIENCE_MAX, this.#patience * 2);
    this.#tries = false;
    this.#taken = 0;
    this.#records = Math.max(1, Math.floor(records / 2));
  }
}
