/**
 * The time by which what was used is forgotten: used presentations, used tokens, records that a restart would need.
 *
 * Forgetting too late costs memory, forgetting too early lets a used code pass again. So this clock is the slowest there
 * is: it follows what is surely past (the signed time), and a jump of that only when it has lasted, so that nothing is
 * forgotten sooner after its use than it has to be remembered, whatever clock gave it its end.
 */
import type { GuardedClock } from './guarded-clock.ts';

export class ForgettingClock {
  readonly #clock: Pick<GuardedClock, 'surelyPastMs' | 'monotonicMs'>;
  readonly #lastingMs: number;
  /** The least offsets (surely past less monotonic) in this stretch of time, and in the one before. */
  #leastMs: number;
  #leastBeforeMs: number;
  #sinceMs: number;

  /** `lastingMs`: how long a jump must have lasted: the longest that anything is remembered. */
  constructor(clock: Pick<GuardedClock, 'surelyPastMs' | 'monotonicMs'>, lastingMs: number) {
    this.#clock = clock;
    this.#lastingMs = lastingMs;
    this.#sinceMs = clock.monotonicMs();
    this.#leastMs = clock.surelyPastMs() - this.#sinceMs;
    this.#leastBeforeMs = this.#leastMs;
  }

  /** Nothing was taken yet that is to be remembered: what is surely past by now counts at once. */
  restart(): void {
    this.#sinceMs = this.#clock.monotonicMs();
    this.#leastMs = this.#clock.surelyPastMs() - this.#sinceMs;
    this.#leastBeforeMs = this.#leastMs;
  }

  /** What ended before this may be forgotten. Milliseconds since 1970 UTC. */
  now(): number {
    const monotonicMs = this.#clock.monotonicMs();
    const offsetMs = this.#clock.surelyPastMs() - monotonicMs;
    if (monotonicMs - this.#sinceMs >= this.#lastingMs) {
      // Nobody looked for a whole stretch: what was before it says nothing about it.
      const missed = monotonicMs - this.#sinceMs >= 2 * this.#lastingMs;
      this.#leastBeforeMs = missed ? offsetMs : this.#leastMs;
      this.#leastMs = offsetMs;
      this.#sinceMs = monotonicMs;
    }
    this.#leastMs = Math.min(this.#leastMs, offsetMs);
    return Math.floor(Math.min(this.#leastMs, this.#leastBeforeMs) + monotonicMs);
  }
}
