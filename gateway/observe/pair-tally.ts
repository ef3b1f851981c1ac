/** Counts by two labels in plain fields; what came since the last look is given to the metric when it is collected. */
export class PairTally<First extends string, Second extends string> {
  readonly #counts = new Map<First, Map<Second, { waiting: number }>>();

  count(first: First, second: Second, by = 1): void {
    const count = this.#counts.get(first)?.get(second);
    if (count !== undefined) count.waiting += by;
    else this.#add(first, second, by);
  }

  /** Hands out what was counted since it was called last. */
  publish(add: (first: First, second: Second, count: number) => void): void {
    for (const [first, seconds] of this.#counts) {
      for (const [second, count] of seconds) {
        if (count.waiting > 0) add(first, second, count.waiting);
        count.waiting = 0;
      }
    }
  }

  #add(first: First, second: Second, waiting: number): void {
    const seconds = this.#counts.get(first) ?? new Map<Second, { waiting: number }>();
    this.#counts.set(first, seconds.set(second, { waiting }));
  }
}
