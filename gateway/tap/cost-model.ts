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

const UNKNOWN: Readonly<Cost> = { usualMs: FIRST_GUESS_MS, worstMs: FIRST_WORST_MS };

export class CostModel {
  readonly #costs = new Map<string, Cost>();
  /** Asked for last: taps of one key come in rows, and each asks several times. */
  #key: string | null = null;
  #cost: Readonly<Cost> = UNKNOWN;

  /** Expected milliseconds on a thread. */
  usualMs(key: string): number {
    return this.#of(key).usualMs;
  }

  worstMs(key: string): number {
    return this.#of(key).worstMs;
  }

  /** Corrects the keys of a batch by how far its real cost was from the expected one. */
  learn(keys: readonly string[], busyMs: number): void {
    let expectedMs = 0;
    for (const key of keys) expectedMs += this.usualMs(key);
    if (keys.length === 0 || expectedMs <= 0) return;
    const ratio = busyMs / expectedMs;
    for (const key of new Set(keys)) {
      const { usualMs, worstMs } = this.#of(key);
      const seenMs = usualMs * ratio;
      this.#costs.set(key, {
        usualMs: within(usualMs + LEARNING_RATE * (seenMs - usualMs)),
        worstMs: within(Math.max(seenMs, worstMs * WORST_DECAY)),
      });
    }
    this.#key = null;
  }

  #of(key: string): Readonly<Cost> {
    if (key !== this.#key) {
      this.#cost = this.#costs.get(key) ?? UNKNOWN;
      this.#key = key;
    }
    return this.#cost;
  }
}

function within(costMs: number): number {
  return Math.min(COST_MS_MAX, Math.max(COST_MS_MIN, costMs));
}
