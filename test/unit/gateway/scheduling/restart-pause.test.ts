import { expect, test } from 'vitest';
import { RestartPause } from '../../../../gateway/scheduling/restart-pause.ts';

test('pauses double up to the longest, each in the upper half of its step, and begin anew', () => {
  const pause = new RestartPause({ firstMs: 100, longestMs: 1_000 });
  const steps = [100, 200, 400, 800, 1_000, 1_000];
  const within = (step: number, ms: number) => ms > step / 2 - 1e-9 && ms <= step;
  expect(steps.filter((step) => !within(step, pause.next()))).toEqual([]);
  pause.reset();
  expect(within(100, pause.next())).toBe(true);
});
