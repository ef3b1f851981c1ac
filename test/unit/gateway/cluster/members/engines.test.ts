/** How the store stands, and what was accepted alone. */
import { describe, expect, test } from 'vitest';
import { AloneLog } from '../../../../../gateway/cluster/members/alone-log.ts';
import { type StoreSums, StoreWatch } from '../../../../../gateway/cluster/members/store-watch.ts';
import { NOW } from './words.rig.ts';

const MINUTE = 60_000;
const sums = (answered: number, late = 0, slow = 0): StoreSums => ({
  ...{ answered, late, failed: 0, refused: 0 },
  latency: {
    buckets: [
      [0.001, answered - slow],
      [0.005, answered],
    ],
    count: answered,
  },
});

describe('the store', () => {
  test('is reached with its first answer, away when nothing is answered, and says for how long', () => {
    const watch = new StoreWatch(NOW);
    expect(watch.look(sums(0), 0, NOW)).toBeNull();
    expect(watch.word(0)).toMatchObject({ reachable: false, answered_at_ms: null, p50_ms: null });
    expect(watch.look(sums(10), 0, NOW + 1_000)).toEqual({
      ...{ reachable: true, sinceMs: NOW + 1_000, lastedMs: 1_000, alone: 0 },
    });
    // Some came late, and others were answered: it is there.
    expect(watch.look(sums(20, 3), 2, NOW + 2_000)).toBeNull();
    expect(watch.look(sums(20, 9), 8, NOW + 3_000)).toMatchObject({ reachable: false, sinceMs: NOW + 3_000 });
    // Nobody asked.
    expect(watch.look(sums(20, 9), 8, NOW + 4_000)).toBeNull();
    expect(watch.word(8)).toMatchObject({ reachable: false, since_ms: NOW + 3_000, late: 9, alone: 8 });
    expect(watch.look(sums(21, 9), 20, NOW + 8_000)).toEqual({
      ...{ reachable: true, sinceMs: NOW + 8_000, lastedMs: 5_000, alone: 18 },
    });
    expect(watch.word(20).answered_at_ms).toBe(NOW + 8_000);
  });

  test('has latencies of its last answers alone', () => {
    const watch = new StoreWatch(NOW);
    watch.look(sums(100, 0, 100), 0, NOW);
    for (let i = 1; i <= 10; i += 1) watch.look(sums(100 + 10 * i, 0, 100), 0, NOW + i * 1_000);
    expect(watch.word(0)).toMatchObject({ p50_ms: 1, p99_ms: 1 });
    watch.look(sums(300, 0, 200), 0, NOW + 11_000);
    expect(watch.word(0)).toMatchObject({ p50_ms: 5, p99_ms: 5 });
  });
});

describe('what was accepted alone', () => {
  test('is told by outage, the newest first, with what became of it', () => {
    const log = new AloneLog();
    for (const minute of [0, 0.5, 1, 5, 5.2]) log.take(NOW + minute * MINUTE);
    expect(log.accepted).toBe(5);
    expect(log.words()).toEqual([
      { from_ms: NOW + 5 * MINUTE, to_ms: NOW + 5.2 * MINUTE, accepted: 2, compared: null, twice: null },
      { from_ms: NOW, to_ms: NOW + MINUTE, accepted: 3, compared: null, twice: null },
    ]);
    const compared = { fromMs: NOW, toMs: NOW + 0.5 * MINUTE, accepted: 2, doubles: 0 };
    expect(log.compared([compared])).toEqual([]);
    const more = { ...compared, toMs: NOW + MINUTE, accepted: 3, doubles: 1 };
    expect(log.compared([more])).toEqual([more]);
    expect(log.compared([more])).toEqual([]);
    expect(log.words()[1]).toMatchObject({ accepted: 3, compared: 3, twice: 1 });
  });

  test('of an earlier run is known from the platform', () => {
    const log = new AloneLog();
    const before = { fromMs: NOW - 9 * MINUTE, toMs: NOW - 8 * MINUTE, accepted: 40, doubles: 2 };
    expect(log.compared([before])).toEqual([before]);
    expect(log.words()).toEqual([
      { from_ms: before.fromMs, to_ms: before.toMs, accepted: 40, compared: 40, twice: 2 },
    ]);
  });

  test('is bounded', () => {
    const log = new AloneLog();
    for (let minute = 0; minute < 100; minute += 2) log.take(NOW + minute * MINUTE);
    expect(log.words()).toHaveLength(4);
    expect(log.accepted).toBe(50);
  });
});
