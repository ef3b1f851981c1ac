/**
 * What proving one presentation costs on a thread, learned from the batches that came back: the usual cost, which sizes
 * batches and tells how long a queue will take, and the highest lately seen, which keeps a batch from looking hung.
 *
 * A card whose certificates a thread remembers costs a fraction of one that it sees for the first time. So both are learned
 * apart: a device that shows only new cards does not raise the estimate for cards of others.
 */
const FIRST_GUESS_MS = 1;
/** Until something is known, as if every certificate were new and every signature slow. */
const FIRST_WORST_MS = 8;
const LEARNING_RATE = 0.2;
/** Decay of the worst cost per batch. */
const WORST_DECAY = 0.98;
const COST_MS_MIN = 0.005;
const COST_MS_MAX = 100;

interface Cost {
  /** Of remembered cards, and of others; until the one was seen, as the other. */
  readonly warmMs: number;
  readonly coldMs: number;
  readonly warmSeen: boolean;
  readonly coldSeen: boolean;
  readonly worstMs: number;
}

const UNKNOWN: Cost = {
  warmMs: FIRST_GUESS_MS,
  coldMs: FIRST_GUESS_MS,
  warmSeen: false,
  coldSeen: false,
  worstMs: FIRST_WORST_MS,
};

/** Which kinds of one key were in a batch. */
interface Kinds {
  warm: boolean;
  cold: boolean;
}

export class CostModel {
  readonly #costs = new Map<string, Cost>();
  /** The key of the last look-up: successive taps often have the same one, and each asks several times. */
  #key: string | null = null;
  #cost: Cost = UNKNOWN;

  /** Expected milliseconds on a thread. `coldness`: how likely, 0 to 1, nothing of its chain is remembered. */
  usualMs(key: string, coldness = 0): number {
    const { warmMs, coldMs } = this.#of(key);
    return warmMs + coldness * (coldMs - warmMs);
  }

  worstMs(key: string): number {
    return this.#of(key).worstMs;
  }

  /** Corrects the keys of a batch by how far its real cost was from the expected one. `cold`: which were not remembered. */
  learn(keys: readonly string[], busyMs: number, cold: readonly boolean[] = []): void {
    let expectedMs = 0;
    const kinds = new Map<string, Kinds>();
    for (let i = 0; i < keys.length; i += 1) {
      const key = keys[i] as string;
      const isCold = cold[i] === true;
      expectedMs += isCold ? this.#of(key).coldMs : this.#of(key).warmMs;
      const of = kinds.get(key);
      if (of === undefined) kinds.set(key, { warm: !isCold, cold: isCold });
      else if (isCold) of.cold = true;
      else of.warm = true;
    }
    if (keys.length === 0 || expectedMs <= 0) return;
    const ratio = busyMs / expectedMs;
    for (const [key, of] of kinds) this.#costs.set(key, corrected(this.#of(key), of, ratio));
    this.#key = null;
  }

  #of(key: string): Cost {
    if (key !== this.#key) {
      this.#cost = this.#costs.get(key) ?? UNKNOWN;
      this.#key = key;
    }
    return this.#cost;
  }
}

function corrected(cost: Cost, { warm, cold }: Kinds, ratio: number): Cost {
  const warmSeen = cost.warmSeen || warm;
  const coldSeen = cost.coldSeen || cold;
  const warmMs = warm || !warmSeen ? nearer(cost.warmMs, ratio) : cost.warmMs;
  const coldMs = cold || !coldSeen ? nearer(cost.coldMs, ratio) : cost.coldMs;
  const seenMs = Math.max(warm ? cost.warmMs * ratio : 0, cold ? cost.coldMs * ratio : 0);
  return {
    warmMs,
    coldMs,
    warmSeen,
    coldSeen,
    worstMs: within(Math.max(seenMs, cost.worstMs * WORST_DECAY)),
  };
}

function nearer(usualMs: number, ratio: number): number {
  return within(usualMs + LEARNING_RATE * (usualMs * ratio - usualMs));
}

function within(costMs: number): number {
  return Math.min(COST_MS_MAX, Math.max(COST_MS_MIN, costMs));
}
