/**
 * How often something secret was guessed wrongly, by key, and how long the next attempt has to wait: some attempts are
 * free, then each failure doubles the wait, up to a longest one. It is never refused for good: when the wait is over, one
 * attempt is free, and after long quiet all of it is forgotten.
 */

export interface Pace {
  readonly freeAttempts: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  /** Without a failure for so long, a key is forgotten. */
  readonly forgetMs: number;
  /** Keys at once. */
  readonly keysMax: number;
}

export interface Failures {
  readonly count: number;
  readonly lastAtMs: number;
}

export class PacedAttempts {
  readonly #pace: Pace;
  /** Least lately failed first. */
  readonly #failures: Map<string, Failures>;

  constructor(pace: Pace, kept: Iterable<readonly [string, Failures]> = []) {
    this.#pace = pace;
    this.#failures = new Map(kept);
  }

  /** Milliseconds until the next attempt; 0: now. */
  waitMs(key: string, nowMs: number): number {
    const failures = this.#failures.get(key);
    if (failures === undefined) return 0;
    const { freeAttempts, firstDelayMs, longestDelayMs, forgetMs } = this.#pace;
    if (nowMs - failures.lastAtMs >= forgetMs) return 0;
    const over = failures.count - freeAttempts;
    if (over < 0) return 0;
    // 2^52 is exact, and long past every longest delay.
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(over, 52));
    return Math.max(0, failures.lastAtMs + delayMs - nowMs);
  }

  /**
   * Counts an attempt as failed, before it is known: attempts at once are all counted. The answer takes it back, for an
   * attempt that was none.
   */
  begin(key: string, nowMs: number): () => void {
    const before = this.#failures.get(key);
    const forgotten = before === undefined || nowMs - before.lastAtMs >= this.#pace.forgetMs;
    this.#set(key, { count: forgotten ? 1 : before.count + 1, lastAtMs: nowMs });
    return () => {
      const now = this.#failures.get(key);
      if (now === undefined) return;
      if (now.count <= 1) this.#failures.delete(key);
      else this.#set(key, { count: now.count - 1, lastAtMs: forgotten ? now.lastAtMs : before.lastAtMs });
    };
  }

  /** It was right. */
  clear(key: string): void {
    this.#failures.delete(key);
  }

  /** Something was right that does not clear it. */
  ease(key: string): void {
    const failures = this.#failures.get(key);
    if (failures === undefined) return;
    const count = Math.floor(failures.count / 2);
    if (count === 0) this.#failures.delete(key);
    else this.#set(key, { ...failures, count });
  }

  failuresOf(key: string): Failures | null {
    return this.#failures.get(key) ?? null;
  }

  entries(): readonly (readonly [string, Failures])[] {
    return [...this.#failures];
  }

  #set(key: string, failures: Failures): void {
    this.#failures.delete(key);
    this.#failures.set(key, failures);
    if (this.#failures.size <= this.#pace.keysMax) return;
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined) this.#failures.delete(oldest);
  }
}
