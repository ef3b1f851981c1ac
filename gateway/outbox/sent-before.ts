/**
 * Knows conflicts at a platform that does not tell them from duplicates: a record that was never sent cannot be there
 * already. Only what this process sends for the first time shows that; what an earlier one made may have been sent.
 */
export class SentBefore {
  readonly #confirmedAtStart: number;
  /** Newest position that may have been sent. */
  #through: number;
  #anyTaken = false;

  /** `made`: newest position that an earlier process may have sent; `confirmed`: up to where the platform has them. */
  constructor(made: number, confirmed: number) {
    this.#through = Math.max(made, confirmed);
    this.#confirmedAtStart = confirmed;
  }

  /** To be called with each attempt. Returns how many of these records may be there already. */
  sending(first: number, records: number): number {
    const before = Math.max(0, Math.min(records, this.#through - first + 1));
    this.#through = Math.max(this.#through, first + records - 1);
    return before;
  }

  /**
   * What the platform said. Returns null, or behind which position its records are other ones: up to where it had
   * confirmed before, as long as nothing new was taken, since until then each duplicate may have been a conflict.
   */
  answered(first: number, accepted: number, duplicates: number, mayBeThere: number): number | null {
    if (duplicates > mayBeThere)
      return this.#anyTaken ? first - 1 : Math.min(first - 1, this.#confirmedAtStart);
    if (accepted > 0) this.#anyTaken = true;
    return null;
  }
}
