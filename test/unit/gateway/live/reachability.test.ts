/** When the platform counts as answering, by a simulated clock. */
import { describe, expect, test } from 'vitest';
import { type Evidence, NOTHING_SEEN, nextReachability } from '../../../../gateway/live/reachability.ts';

const RULES = { failuresMax: 2, recoverMs: 3_000 };
/** What was seen, and what then holds. */
type Row = readonly [at: number, evidence: Evidence, answers: boolean | null];

function play(rows: readonly Row[]) {
  let state = NOTHING_SEEN;
  return rows.map(([at, evidence]) => {
    state = nextReachability(state, evidence, at, RULES);
    return [at, evidence, state.answers] as const;
  });
}

describe('reachability', () => {
  test.each<[string, readonly Row[]]>([
    ['the first success decides', [[0, 'probe_ok', true]]],
    ['the first failure decides', [[0, 'probe_failed', false]]],
    [
      'a start without a platform recovers like any outage',
      [
        [0, 'probe_failed', false],
        [200, 'probe_ok', false],
        [3_199, 'probe_ok', false],
        [3_200, 'probe_ok', true],
      ],
    ],
    [
      'one failure is not enough, and a success forgives it',
      [
        [0, 'probe_ok', true],
        [200, 'probe_failed', true],
        [400, 'probe_ok', true],
        [600, 'probe_failed', true],
        [800, 'probe_failed', false],
      ],
    ],
    [
      'a failed request makes the next failed look enough',
      [
        [0, 'probe_ok', true],
        [10, 'request_failed', true],
        [11, 'probe_failed', false],
      ],
    ],
    [
      'requests alone do not decide, and an answered look clears them',
      [
        [0, 'probe_ok', true],
        [1, 'request_failed', true],
        [2, 'request_failed', true],
        [3, 'request_failed', true],
        [4, 'probe_ok', true],
        [5, 'request_failed', true],
        [6, 'request_ok', true],
        [7, 'probe_failed', true],
      ],
    ],
    [
      'a failure while coming back begins the wait anew',
      [
        [0, 'probe_ok', true],
        [200, 'probe_failed', true],
        [400, 'probe_failed', false],
        [600, 'probe_ok', false],
        [3_500, 'probe_failed', false],
        [3_700, 'probe_ok', false],
        [6_600, 'probe_ok', false],
        [6_700, 'probe_ok', true],
      ],
    ],
    [
      'requests only: nothing is known before the first success',
      [
        [0, 'request_failed', null],
        [1, 'request_ok', true],
      ],
    ],
  ])('%s', (_, rows) => {
    expect(play(rows)).toEqual(rows);
  });

  test('a platform that comes and goes each second goes once and stays away', () => {
    let state = nextReachability(NOTHING_SEEN, 'probe_ok', 0, RULES);
    const changes: (readonly [number, boolean | null])[] = [];
    for (let at = 200; at <= 60_000; at += 200) {
      const up = Math.floor(at / 1_000) % 2 === 0;
      const next = nextReachability(state, up ? 'probe_ok' : 'probe_failed', at, RULES);
      if (next.answers !== state.answers) changes.push([at, next.answers]);
      state = next;
    }
    expect(changes).toEqual([[1_200, false]]);
  });

  test('an outage is noticed within a second and its end within ten', () => {
    // A platform that swallows every look: each takes its 300 ms, and the next starts when it is over.
    let state = nextReachability(NOTHING_SEEN, 'probe_ok', 0, RULES);
    for (const at of [520, 820]) state = nextReachability(state, 'probe_failed', at, RULES);
    expect(state.answers).toBe(false);
    const backFrom = 900;
    let at = backFrom;
    while (state.answers === false) {
      at += 220;
      state = nextReachability(state, 'probe_ok', at, RULES);
    }
    expect(at - backFrom).toBeLessThan(10_000);
  });
});
