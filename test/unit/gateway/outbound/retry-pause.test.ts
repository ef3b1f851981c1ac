import { expect, onTestFinished, test } from 'vitest';
import { PlatformError } from '../../../../gateway/outbound/platform-error.ts';
import { RetryPause } from '../../../../gateway/outbound/retry-pause.ts';

function pauses(bounds = {}) {
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  return { pause: new RetryPause(bounds, stopping.signal), stopping };
}

const unreachable = new PlatformError('unreachable', 'nobody there');
const status = (code: number) => new PlatformError('status', 'refused', { status: code });

/** The wait after each of so many failures, without waiting. */
function delays(pause: RetryPause, failures: number, error: Error): number[] {
  return Array.from({ length: failures }, () => {
    const ms = pause.delayMs(error);
    pause.afterFailure(error).catch(() => {});
    return ms;
  });
}

test('waits twice as long after each failure, up to 30 s', () => {
  const { pause } = pauses();
  expect(delays(pause, 9, unreachable)).toEqual([
    250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
  ]);
  pause.succeeded();
  expect(pause.delayMs(unreachable)).toBe(250);
});

test('waits at most 2 s while the platform answers', () => {
  const { pause } = pauses();
  delays(pause, 8, unreachable);
  pause.setPlatformAnswers(true);
  expect(delays(pause, 6, status(503))).toEqual([250, 500, 1_000, 2_000, 2_000, 2_000]);
  pause.setPlatformAnswers(false);
  expect(pause.delayMs(unreachable)).toBe(16_000);
});

test('waits long after a refusal that will not pass by itself', () => {
  const { pause } = pauses();
  pause.setPlatformAnswers(true);
  for (const code of [400, 404, 409, 415, 422]) expect(pause.delayMs(status(code))).toBe(30_000);
  for (const code of [401, 403, 408, 413, 429, 500, 502, 503]) expect(pause.delayMs(status(code))).toBe(250);
});

test('a wait ends when it is nudged, and when all stops', async () => {
  const hour = 3_600_000;
  const { pause, stopping } = pauses({ firstMs: hour, longestMs: hour });
  const first = pause.afterFailure(unreachable);
  pause.nudge();
  await first;
  const second = pause.idle(hour);
  stopping.abort();
  await second;
});
