/**
 * What proving one presentation costs on a thread, learned from the batches that came back: the usual cost, which sizes
 * batches and tells how long a queue will take, and the highest lately seen, which keeps a batch from looking hung.
 */
const FIRST_GUESS_MS = 1;
/** Until something is known, as if every certificate were new and every signature slow. */
const FIRST_WORST_MS = 8;
const LEARNING_RATE = 0.2;
/** How fast a worst cost that does not come back is forgotten, a batch. */
const WORST_DECAY = 0.98;
const COST_MS_MIN = 0.005;
const COST_MS_MAX = 100;

interface Cost {
  usualMs: number;
  worstMs: number;
}

export class CostModel {
  readonly #costs = new Map<string, Cost>();

  /** Expected milliseconds on a thread. */
  usualMs(key: string): number {
    return this.#costs.get(key)?.usualMs ?? FIRST_GUESS_MS;
  }

  worstMs(key: string): number {
    return this.#costs.get(key)?.worstMs ?? FIRST_WORST_MS;
  }

  /** Corrects the keys of a batch by how far its real cost was from the expected one. */
  learn(keys: readonly string[], busyMs: number): void {
    const expectedMs = keys.reduce((sum, key) => sum + this.usualMs(key), 0);
    if (keys.length === 0 || expectedMs <= 0) return;
    const ratio = busyMs / expectedMs;
    for (const key of new Set(keys)) {
      const usualMs = this.usualMs(key);
      const seenMs = usualMs * ratio;
      this.#costs.set(key, {
        usualMs: within(usualMs + LEARNING_RATE * (seenMs - usualMs)),
        worstMs: within(Math.max(seenMs, this.worstMs(key) * WORST_DECAY)),
      });
    }
  }
}

function within(costMs: number): number {
  return Math.min(COST_MS_MAX, Math.max(COST_MS_MIN, costMs));
}
