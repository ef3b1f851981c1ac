/** Requests that may be sent once more, as a part of all requests: retries never double the load of a platform in need. */

/** Most retries that are saved up: a quiet hour does not pay for a retry storm. */
const SAVED_MAX = 10;

export class RetryBudget {
  readonly #perRequest: number;
  #saved: number;

  /** `percent` of the requests may be sent again, 0 to 100; the first retry needs no saving up. */
  constructor(percent: number) {
    this.#perRequest = percent / 100;
    this.#saved = percent > 0 ? 1 : 0;
  }

  /** Counts a request that is sent for the first time. */
  sent(): void {
    this.#saved = Math.min(SAVED_MAX, this.#saved + this.#perRequest);
  }

  /** Whether one may be sent again; takes it from the budget. */
  take(): boolean {
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }
}
