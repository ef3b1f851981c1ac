/**
 * How many records go into one upload: half where the platform, or something before it, says it is too much; twice as
 * many again, up to what is set, once some were taken. Each refusal doubles how many must be taken first, so that a
 * lasting bound does not cost every other upload.
 */
const PATIENCE_MAX = 256;

export class BatchSize {
  readonly #most: number;
  #records: number;
  #patience = 1;
  /** Uploads taken since it changed. */
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
    this.#records = most;
  }

  get records(): number {
    return this.#records;
  }

  /** `records`: of the upload. A smaller one than was allowed says nothing of whether more would be taken. */
  taken(records: number): void {
    if (this.#records === this.#most || records < this.#records) return;
    this.#taken += 1;
    if (this.#taken < this.#patience) return;
    this.#taken = 0;
    this.#records = Math.min(this.#most, this.#records * 2);
    if (this.#records === this.#most) this.#patience = 1;
  }

  /** So many were too many. */
  tooMany(records: number): void {
    this.#taken = 0;
    this.#patience = Math.min(PATIENCE_MAX, this.#patience * 2);
    this.#records = Math.max(1, Math.floor(records / 2));
  }
}
