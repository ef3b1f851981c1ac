/**
 * The time that ages of lists are judged by. A machine's clock that is set back while the gateway runs must not make a
 * list young again; one that was ahead for a while and is put right must not make it old for good.
 */
export interface GuardedClock {
  /**
   * Milliseconds since 1970 UTC: the wall clock or, if later, the time at the start or in the latest signature seen,
   * and what the monotonic clock says has passed since.
   */
  now(): number;
  /** Something was verifiably signed at that time, so that it cannot be earlier now. */
  observe(signedAtMs: number): void;
}

/** `wall` in milliseconds since 1970 UTC, `monotonic` in milliseconds since whenever. */
export function createGuardedClock(
  wall: () => number = Date.now,
  monotonic: () => number = () => performance.now(),
): GuardedClock {
  let knownMs = wall();
  let knownAt = monotonic();
  const passed = () => Math.floor(knownMs + (monotonic() - knownAt));
  return {
    now: () => Math.max(wall(), passed()),
    observe: (signedAtMs) => {
      if (signedAtMs <= passed()) return;
      knownMs = signedAtMs;
      knownAt = monotonic();
    },
  };
}
