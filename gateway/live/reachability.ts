/** Whether the platform counts as answering: a pure machine fed with what was seen, by a monotonic clock. */

/** What was seen of the platform. A probe asks for its health; a request is what the gateway wanted anyway. */
export type Evidence = 'probe_ok' | 'probe_failed' | 'request_ok' | 'request_failed';

export interface ReachabilityRules {
  /** Failures in a row, the last of them a probe's, after which it counts as out of reach. */
  readonly failuresMax: number;
  /** Time of unbroken success after which it counts as back. */
  readonly recoverMs: number;
}

export interface Reachability {
  /** Null: nothing was seen yet, and it does not count as answering. */
  readonly answers: boolean | null;
  readonly failuresInRow: number;
  /** Monotonic time of the first success since the last failure; null: none since. */
  readonly successSince: number | null;
}

export const NOTHING_SEEN: Reachability = { answers: null, failuresInRow: 0, successSince: null };

/**
 * State after one more piece of evidence.
 *
 * - The first evidence decides at once: a gateway that starts beside a platform in health need not wait.
 * - A failed request counts like a failed probe, but only a probe completes the row: requests that fail while probes
 *   succeed (one kind of question is slow) are the breaker's affair, and must not make the mode flap.
 * - Coming back takes `recoverMs` without any failure: a platform that flaps stays away.
 */
export function nextReachability(
  state: Reachability,
  evidence: Evidence,
  at: number,
  { failuresMax, recoverMs }: ReachabilityRules,
): Reachability {
  if (evidence === 'probe_failed' || evidence === 'request_failed') {
    const failuresInRow = state.failuresInRow + 1;
    const away = evidence === 'probe_failed' && (failuresInRow >= failuresMax || state.answers === null);
    return { answers: away ? false : state.answers, failuresInRow, successSince: null };
  }
  const successSince = state.successSince ?? at;
  const back = state.answers !== false || at - successSince >= recoverMs;
  return { answers: back, failuresInRow: 0, successSince };
}
