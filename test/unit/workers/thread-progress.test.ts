import { describe, expect, test } from 'vitest';
import { parseThreadStat, readThread, systemThreadId } from '../../../workers/thread-cpu.ts';
import { ThreadProgress } from '../../../workers/thread-progress.ts';

const HANG_MS = 200;
const LOOK_MS = 50;

/** Looks on and on at a thread that uses so much of a core, until it is not fine; the time that took, and what it is. */
function watch(use: (atMs: number) => { core: number; runnable: boolean }, forMs: number, batch = {}) {
  const progress = new ThreadProgress(HANG_MS);
  let cpuMs = 5_000;
  for (let atMs = 0; atMs <= forMs; atMs += LOOK_MS) {
    const { core, runnable } = use(atMs);
    cpuMs += core * LOOK_MS;
    const seen = progress.look(batch, { cpuMs: Math.floor(cpuMs / 10) * 10, runnable }, 1_000 + atMs);
    if (seen !== 'fine') return { atMs, seen };
  }
  return { atMs: forMs, seen: 'fine' };
}

describe('a thread that has not answered its batch', () => {
  test('spins: it is seen when it has used its time on a core', () => {
    expect(watch(() => ({ core: 1, runnable: true }), 10_000)).toEqual({ atMs: HANG_MS, seen: 'spinning' });
  });

  test('gets a twentieth of a core: it is healthy for twenty times as long', () => {
    const { atMs, seen } = watch(() => ({ core: 1 / 20, runnable: true }), 60_000);
    expect(seen).toBe('spinning');
    expect(atMs).toBeGreaterThan(19 * HANG_MS);
  });

  test('wants a core and gets none for ten seconds: it is healthy', () => {
    expect(watch(() => ({ core: 0, runnable: true }), 10_000).seen).toBe('fine');
  });

  test('sleeps: it is blocked after five times as long', () => {
    const blocked = watch(() => ({ core: 0, runnable: false }), 10_000);
    expect(blocked).toEqual({ atMs: 5 * HANG_MS, seen: 'blocked' });
  });

  test('slept while the looking thread stood still as well: that does not count', () => {
    const progress = new ThreadProgress(HANG_MS);
    const batch = {};
    const reading = { cpuMs: 100, runnable: false };
    expect(progress.look(batch, reading, 0)).toBe('fine');
    expect(progress.look(batch, reading, 60_000)).toBe('fine');
    expect(progress.look(batch, reading, 120_000)).toBe('fine');
  });

  test('where the system tells nothing, its time on the wall has the bound of one that sleeps', () => {
    const progress = new ThreadProgress(HANG_MS);
    const batch = {};
    const seen = Array.from({ length: 21 }, (_, i) => progress.look(batch, null, i * LOOK_MS));
    expect(seen.indexOf('blocked')).toBe((5 * HANG_MS) / LOOK_MS);
  });

  test('answered: the next batch has all its time', () => {
    const progress = new ThreadProgress(HANG_MS);
    for (let i = 0; i < 100; i += 1) {
      expect(progress.look({}, { cpuMs: i * LOOK_MS, runnable: true }, i * LOOK_MS)).toBe('fine');
    }
  });
});

describe('what the system says of a thread', () => {
  test('a name with spaces and parentheses does not move the fields', () => {
    const line = `11336 (a) (b c) R 11334 11334 4029 0 -1 4194560 2578 0 0 0 12 3 0 0 20 0 7 0 75960 767524864`;
    expect(parseThreadStat(line)).toEqual({ cpuMs: 150, runnable: true });
    expect(parseThreadStat(line.replace(' R ', ' S '))).toEqual({ cpuMs: 150, runnable: false });
    expect(parseThreadStat('')).toBeNull();
    expect(parseThreadStat('1 (node) R 1 2')).toBeNull();
  });

  test('of one that is not there it says nothing', () => {
    expect(readThread(0)).toBeNull();
  });

  test.runIf(process.platform === 'linux')('of this thread it says what it has used', () => {
    const tid = systemThreadId();
    if (tid === null) throw new Error('Linux names threads');
    const before = readThread(tid);
    const until = performance.now() + 100;
    while (performance.now() < until);
    const after = readThread(tid);
    expect(after?.runnable).toBe(true);
    expect(after?.cpuMs).toBeGreaterThan(before?.cpuMs ?? Number.POSITIVE_INFINITY);
  });
});
