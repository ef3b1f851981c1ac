/** The keeper of the mode: by a timer, on events, and what it tells. */
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { ForcedMode } from '../../../../../gateway/knowledge/mode/forced-mode.ts';
import type { ModeInputs } from '../../../../../gateway/knowledge/mode/mode.ts';
import { createModeKeeper } from '../../../../../gateway/knowledge/mode/mode-keeper.ts';
import { RETURN_HOLD_MS } from '../../../../../gateway/knowledge/mode/mode-machine.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function kept() {
  const world = { platformAnswers: true, forced: null as ForcedMode | null };
  const told: string[] = [];
  const start = Date.now();
  const keeper = createModeKeeper({
    inputs: (): ModeInputs => ({
      platformAnswers: world.platformAnswers,
      list: { freshUntilMs: start + 3_600_000, staleUntilMs: start + 7_200_000 },
      trustUsableUntilMs: Number.POSITIVE_INFINITY,
      nowMs: Date.now(),
    }),
    forced: () => world.forced,
    onChange: (previous, next) =>
      told.push(`${previous.mode} -> ${next.mode}${next.forced ? ' forced' : ''}`),
  });
  onTestFinished(() => keeper.stop());
  return { world, told, keeper, start };
}

const lists: ForcedMode = {
  mode: 'lists',
  by: { uid: 0, user: 'root' },
  setAtMs: 0,
  untilMs: null,
  reason: 'drill',
};

test('the mode is there at once, and nothing is told of it', () => {
  const { keeper, told, start } = kept();
  expect(keeper.state).toEqual({ mode: 'live', forced: false, sinceMs: start, mayAskLive: true });
  expect(told).toEqual([]);
});

test('changes are seen by the timer, and told once', () => {
  const { keeper, told, world } = kept();
  world.platformAnswers = false;
  vi.advanceTimersByTime(1_000);
  expect(keeper.state.mode).toBe('lists');
  vi.advanceTimersByTime(1_000);
  world.platformAnswers = true;
  keeper.refresh();
  vi.advanceTimersByTime(RETURN_HOLD_MS - 1);
  expect(keeper.state.mode).toBe('lists');
  vi.advanceTimersByTime(100);
  expect(keeper.state.mode).toBe('live');
  expect(told).toEqual(['live -> lists', 'lists -> live']);
});

test('an event needs no timer, and a list ages without one', () => {
  const { keeper, told, world, start } = kept();
  world.forced = lists;
  keeper.refresh();
  expect(keeper.state).toMatchObject({ mode: 'lists', forced: true });
  world.forced = null;
  keeper.refresh();
  vi.setSystemTime(start + 3_600_000);
  vi.advanceTimersByTime(1_000);
  expect(told).toEqual(['live -> lists forced', 'lists -> live', 'live -> stale']);
  expect(keeper.changes).toEqual([
    { atMs: start, from: 'live', to: 'lists', forced: true, reason: 'drill' },
    { atMs: start, from: 'lists', to: 'live', forced: false, reason: null },
    { atMs: start + 3_601_000, from: 'live', to: 'stale', forced: false, reason: null },
  ]);
});

test('a list that ages while nothing else happens is noticed just then', () => {
  const { keeper, start } = kept();
  vi.advanceTimersByTime(3_600_000 - 300);
  keeper.refresh();
  vi.advanceTimersByTime(300);
  expect(keeper.changes).toEqual([
    { atMs: start + 3_600_000, from: 'live', to: 'stale', forced: false, reason: null },
  ]);
});

test('forcing the mode that holds anyway is a change as well', () => {
  const { keeper, told, world } = kept();
  world.forced = { ...lists, mode: 'live' };
  keeper.refresh();
  expect(told).toEqual(['live -> live forced']);
});

test('the last hundred changes are kept', () => {
  const { keeper, told, world } = kept();
  for (let i = 0; i < 125; i += 1) {
    world.forced = i % 2 === 0 ? lists : null;
    keeper.refresh();
  }
  expect(told).toHaveLength(125);
  expect(keeper.changes).toHaveLength(100);
  expect(keeper.changes.at(-1)).toMatchObject({ to: 'lists', forced: true });
});

test('a keeper that was stopped looks no more', () => {
  const { keeper, world, told } = kept();
  keeper.stop();
  world.platformAnswers = false;
  vi.advanceTimersByTime(1_000);
  expect(told).toEqual([]);
});
