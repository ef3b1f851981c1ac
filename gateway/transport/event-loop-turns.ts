/**
 * Turns of the event loop, as far as requests came in them. The server library calls one handler after the other for all
 * requests that one read brought. An answer that waits for the next turn keeps the connection at one request at a time: the
 * library ends a connection on which a second request comes while the first is unanswered.
 */
export class EventLoopTurns {
  #turn = 0;
  #after: (() => void)[] = [];
  #ends = false;

  /** Number of the turn that is under way. */
  now(): number {
    if (!this.#ends) {
      this.#ends = true;
      // Runs when everything that was read in this turn has been handled.
      setImmediate(() => this.#end());
    }
    return this.#turn;
  }

  isOver(turn: number): boolean {
    return turn !== this.#turn;
  }

  /** To be called in a turn that `now` was asked of: `work` is done at its end. */
  after(work: () => void): void {
    this.#after.push(work);
  }

  #end(): void {
    this.#turn += 1;
    this.#ends = false;
    const due = this.#after;
    this.#after = [];
    for (const work of due) work();
  }
}
