/** What proving one presentation of a family costs on a thread, learned from the batches that came back. */
const FIRST_GUESS_MS = 1;
const LEARNING_RATE = 0.2;
const COST_MS_MIN = 0.005;
const COST_MS_MAX = 100;

export class CostModel {
  readonly #costs = new Map<string, number>();

  /** Expected milliseconds on a thread. */
  of(family: string): number {
    return this.#costs.get(family) ?? FIRST_GUESS_MS;
  }

  /** Corrects the families of a batch by how far its real cost was from the expected one. */
  learn(families: readonly string[], busyMs: number): void {
    const expected = families.reduce((sum, family) => sum + this.of(family), 0);
    if (families.length === 0 || expected <= 0) return;
    const ratio = busyMs / expected;
    for (const family of new Set(families)) {
      const cost = this.of(family) * (1 + LEARNING_RATE * (ratio - 1));
      this.#costs.set(family, Math.min(COST_MS_MAX, Math.max(COST_MS_MIN, cost)));
    }
  }
}
