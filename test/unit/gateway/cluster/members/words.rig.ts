/** A word as a gateway says it that is well. */
import type { Word } from '../../../../../gateway/cluster/members/word.ts';

export const NOW = Date.UTC(2026, 10, 30, 12);

export function wordOf(gateway: string, more: Partial<Word> = {}): Word {
  return {
    v: 1,
    gateway,
    station: null,
    version: '0.1.0',
    started_at_ms: NOW - 3_600_000,
    at_ms: NOW,
    mode: 'live',
    mode_since_ms: NOW - 3_600_000,
    ready: true,
    leaving: false,
    left: false,
    taps_per_s: 12.5,
    queue: 0,
    journal: { epoch: '0123456789abcdef', written: 1_200, confirmed: 1_190 },
    list: { revision: '3f2a9c01.17', age_ms: 4_000 },
    trust: '0123456789abcdef',
    policy: '2026-11+3f2a9c1b',
    keys: ['aabbccdd'],
    store: {
      reachable: true,
      since_ms: NOW - 3_600_000,
      p50_ms: 0.2,
      p99_ms: 2,
      answered_at_ms: NOW - 100,
      answered: 1_000,
      late: 0,
      alone: 0,
    },
    bus: { reachable: true, since_ms: NOW - 3_600_000, round_trip_ms: 0.4, server: '2.15.2' },
    cursors: [{ stream: 'ONECARD_city_LISTS', sequence: 17, lag: 0, follows: true }],
    outages: [],
    ...more,
  };
}
