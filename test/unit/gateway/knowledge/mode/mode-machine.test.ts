/** Modes from what they follow from, by simulated clocks. */
import { describe, expect, test } from 'vitest';
import type { Mode, ModeInputs } from '../../../../../gateway/knowledge/mode/mode.ts';
import {
  type ModeMemory,
  naturalMode,
  nextMode,
  RETURN_HOLD_MS,
} from '../../../../../gateway/knowledge/mode/mode-machine.ts';

const FRESH_MS = 1_000_000;
const STALE_MS = 2_000_000;
const TRUST_MS = 3_000_000;
const inputs = (change: Partial<ModeInputs> = {}): ModeInputs => ({
  platformAnswers: true,
  list: { freshUntilMs: FRESH_MS, staleUntilMs: STALE_MS },
  trustUsableUntilMs: TRUST_MS,
  nowMs: 0,
  ...change,
});

test.each<[string, Partial<ModeInputs>, Mode]>([
  ['all is well', {}, 'live'],
  ['the platform does not answer', { platformAnswers: false }, 'lists'],
  ['the last moment of freshness', { nowMs: FRESH_MS - 1 }, 'live'],
  ['the list is no longer fresh', { nowMs: FRESH_MS }, 'stale'],
  ['nor does the platform answer', { nowMs: FRESH_MS, platformAnswers: false }, 'stale'],
  ['the last moment before staleness ends', { nowMs: STALE_MS - 1 }, 'stale'],
  ['the list is too old for anything', { nowMs: STALE_MS }, 'closed'],
  ['there is no list', { list: null }, 'closed'],
  ['trust has ended', { trustUsableUntilMs: 500, nowMs: 500 }, 'closed'],
  ['trust is about to end', { trustUsableUntilMs: 501, nowMs: 500 }, 'live'],
  ['trust from a file', { trustUsableUntilMs: Number.POSITIVE_INFINITY }, 'live'],
])('%s', (_, change, mode) => {
  expect(naturalMode(inputs(change))).toBe(mode);
});

/** Monotonic time, what the inputs are then, what is forced, and the mode that must follow. */
type Row = readonly [at: number, change: Partial<ModeInputs>, mode: Mode, forced?: Mode | null];

function play(rows: readonly Row[]): ModeMemory[] {
  let memory: ModeMemory | null = null;
  return rows.map(([at, change, , forced = null]) => {
    memory = nextMode(memory, inputs(change), forced, at);
    return memory;
  });
}

const UP = {};
const DOWN = { platformAnswers: false };
const AGED = { nowMs: FRESH_MS };
const OLD = { nowMs: STALE_MS };
const NONE = { list: null };
const HOLD = RETURN_HOLD_MS;

describe('in time', () => {
  test.each<[string, readonly Row[]]>([
    ['a start with all there', [[0, UP, 'live']]],
    [
      'a start from disk waits for nothing',
      [
        [0, { ...NONE, ...DOWN }, 'closed'],
        [100, DOWN, 'lists'],
      ],
    ],
    [
      'an outage holds at once, recovery after a while',
      [
        [0, UP, 'live'],
        [100, DOWN, 'lists'],
        [200, UP, 'lists'],
        [200 + HOLD - 1, UP, 'lists'],
        [200 + HOLD, UP, 'live'],
      ],
    ],
    [
      'every relapse begins the wait anew',
      [
        [0, UP, 'live'],
        [100, DOWN, 'lists'],
        [200, UP, 'lists'],
        [600, DOWN, 'lists'],
        [650, UP, 'lists'],
        [200 + HOLD, UP, 'lists'],
        [650 + HOLD, UP, 'live'],
      ],
    ],
    [
      'a list that ages, and a fresh one that comes',
      [
        [0, DOWN, 'lists'],
        [100, { ...DOWN, ...AGED }, 'stale'],
        [200, { ...DOWN, ...OLD }, 'closed'],
        [300, UP, 'closed'],
        [300 + HOLD, UP, 'live'],
      ],
    ],
    [
      'from closed back by the worst that held, and on from there by what is better',
      [
        [0, DOWN, 'lists'],
        [100, OLD, 'closed'],
        [200, AGED, 'closed'],
        [400, UP, 'closed'],
        [200 + HOLD, UP, 'stale'],
        [200 + 2 * HOLD - 1, UP, 'stale'],
        [200 + 2 * HOLD, UP, 'live'],
      ],
    ],
    [
      'a clock that trembles at the edge',
      [
        [0, { nowMs: FRESH_MS - 1 }, 'live'],
        [1, { nowMs: FRESH_MS }, 'stale'],
        [2, { nowMs: FRESH_MS - 1 }, 'stale'],
        [3, { nowMs: FRESH_MS + 1 }, 'stale'],
        [4, { nowMs: FRESH_MS - 1 }, 'stale'],
        [5, { nowMs: FRESH_MS + 2 }, 'stale'],
        [HOLD + 5, { nowMs: FRESH_MS + HOLD }, 'stale'],
      ],
    ],
    [
      'a clock set forward and back again',
      [
        [0, UP, 'live'],
        [100, { nowMs: STALE_MS * 2 }, 'closed'],
        [200, UP, 'closed'],
        [200 + HOLD, UP, 'live'],
      ],
    ],
    [
      'a clock set back changes nothing while the list stays fresh',
      [
        [0, { nowMs: FRESH_MS - 10 }, 'live'],
        [100, { nowMs: 10 }, 'live'],
        [200, { nowMs: FRESH_MS - 10 }, 'live'],
      ],
    ],
    [
      'a list that is taken away closes',
      [
        [0, UP, 'live'],
        [100, NONE, 'closed'],
      ],
    ],
    [
      'forced against all that is known, and back to it at once',
      [
        [0, UP, 'live'],
        [100, UP, 'closed', 'closed'],
        [200, UP, 'stale', 'stale'],
        [300, UP, 'live'],
        [400, { ...NONE, ...DOWN }, 'live', 'live'],
        [500, { ...NONE, ...DOWN }, 'closed'],
      ],
    ],
    [
      'what happens under an override counts when it ends',
      [
        [0, DOWN, 'lists'],
        [100, UP, 'closed', 'closed'],
        [100 + HOLD, UP, 'closed', 'closed'],
        [101 + HOLD, UP, 'live'],
      ],
    ],
    [
      'an override that ends leaves the mode of an outage that began under it',
      [
        [0, UP, 'live'],
        [100, DOWN, 'live', 'live'],
        [200, DOWN, 'lists'],
      ],
    ],
  ])('%s', (_, rows) => {
    const states = play(rows).map(({ state }) => state);
    expect(states.map(({ mode }) => mode)).toEqual(rows.map(([, , mode]) => mode));
    expect(states.map(({ forced }) => forced)).toEqual(rows.map(([, , , forced]) => Boolean(forced)));
  });
});

describe('whether the platform may be asked', () => {
  test.each<[string, Partial<ModeInputs>, Mode | null, boolean]>([
    ['it answers', UP, null, true],
    ['it does not', DOWN, null, false],
    ['it answers and the list is old', OLD, null, true],
    ['live is forced', DOWN, 'live', true],
    ['lists is forced', UP, 'lists', false],
    ['stale is forced', UP, 'stale', false],
    ['closed is forced', UP, 'closed', false],
  ])('%s', (_, change, forced, may) => {
    expect(nextMode(null, inputs(change), forced, 0).state.mayAskLive).toBe(may);
  });
});

test('a state is the same object until it changes, and says since when it holds', () => {
  const [first, same, asks, next] = play([
    [0, { nowMs: FRESH_MS }, 'stale'],
    [100, { nowMs: FRESH_MS + 100 }, 'stale'],
    [200, { nowMs: FRESH_MS + 200, platformAnswers: false }, 'stale'],
    [300, { nowMs: STALE_MS }, 'closed'],
  ]);
  expect(same?.state).toBe(first?.state);
  expect(asks?.state).toEqual({ mode: 'stale', forced: false, sinceMs: FRESH_MS, mayAskLive: false });
  expect(next?.state).toMatchObject({ mode: 'closed', sinceMs: STALE_MS });
});
