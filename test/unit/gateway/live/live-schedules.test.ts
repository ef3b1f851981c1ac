/** Random schedules of taps and of a platform's moods: every question is answered exactly once, and in time. */

import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import type { AskingClass, LiveAnswer } from '../../../../gateway/live/live-answer.ts';
import { createLiveStatus } from '../../../../gateway/live/live-status.ts';
import { personalText } from '../../../../workers/claims.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { type Fate, simulatedClient } from './simulated-client.rig.ts';
import { liveSettings } from './status-platform.rig.ts';
import { STATUS_KEYS } from './status-seals.rig.ts';

afterEach(() => void vi.useRealTimers());

/** The test's own platform seals in JavaScript, which takes SM2 ten times as long. */
const SCHEDULES = TEST_PROFILE === 'sm' ? 200 : 2_000;
/** An expiry is at most this early or late in simulated time: one tick of the wheel. */
const TICK_MS = 5;
const DEADLINES: Readonly<Record<AskingClass, number>> = { gate: 30, desk: 90 };

const fate = fc.record<Fate>({
  afterMs: fc.integer({ min: 0, max: 140 }),
  fault: fc.constantFrom(null, null, null, 'reset', 'status', 'garbage', 'unreachable', 'too_large'),
});
const tap = fc.record({
  pauseMs: fc.constantFrom(0, 0, 0, 1, 7, 40),
  card: fc.integer({ min: 0, max: 5 }),
  class: fc.constantFrom<AskingClass>('gate', 'desk'),
  withinMs: fc.constantFrom(-5, 0, 3, 20, 1_000),
});
const schedule = fc.record({
  fates: fc.array(fate, { minLength: 1, maxLength: 6 }),
  taps: fc.array(tap, { minLength: 1, maxLength: 24 }),
  requestsMax: fc.integer({ min: 1, max: 4 }),
  batchMax: fc.integer({ min: 1, max: 4 }),
  waitingMax: fc.integer({ min: 1, max: 12 }),
  closeEarly: fc.boolean(),
});
type Schedule = typeof schedule extends fc.Arbitrary<infer T> ? T : never;

interface Seen {
  readonly class: AskingClass;
  readonly askedAt: number;
  readonly deadlineAt: number;
  readonly answers: { readonly at: number; readonly kind: LiveAnswer['kind'] }[];
}

async function play({ fates, taps, requestsMax, batchMax, waitingMax, closeEarly }: Schedule) {
  const client = simulatedClient((number) => fates[number % fates.length] ?? { afterMs: 0, fault: null });
  const counted = { asked: 0, answered: 0 };
  const status = createLiveStatus({
    endpoint: { url: 'http://127.0.0.1', token: 'token' },
    settings: liveSettings({
      deadline_gate_ms: DEADLINES.gate,
      deadline_desk_ms: DEADLINES.desk,
      requests_max: requestsMax,
      batch_items_max: batchMax,
      waiting_max: waitingMax,
      breaker_failures: 3,
      breaker_open_ms: 50,
    }),
    mayAsk: () => true,
    keys: () => STATUS_KEYS,
    wallClock: Date.now,
    client,
    events: {
      asked() {
        counted.asked += 1;
      },
      answered() {
        counted.answered += 1;
      },
      request() {},
      retried() {},
      breaker() {},
    },
  });
  const seen: Seen[] = [];
  let mostWaiting = 0;
  for (const { pauseMs, card, class: askingClass, withinMs } of taps) {
    if (pauseMs > 0) await vi.advanceTimersByTimeAsync(pauseMs);
    const askedAt = performance.now();
    const one: Seen = { class: askingClass, askedAt, deadlineAt: askedAt + withinMs, answers: [] };
    seen.push(one);
    const question = { issuer: 'i', credentialId: personalText(`card-${card}`), class: askingClass };
    let within = true;
    status.ask({ ...question, deadlineAt: one.deadlineAt }, ({ kind }) => {
      expect(within).toBe(false);
      one.answers.push({ at: performance.now(), kind });
    });
    within = false;
    mostWaiting = Math.max(mostWaiting, status.waiting);
  }
  if (closeEarly) await status.close();
  await vi.advanceTimersByTimeAsync(200);
  const left = status.waiting;
  await status.close();
  return { seen, client, counted, mostWaiting, left };
}

test('exactly one answer, none late, none beyond the limits', async () => {
  vi.useFakeTimers();
  const kinds = new Set<LiveAnswer['kind']>();
  await fc.assert(
    fc.asyncProperty(schedule, async (each) => {
      const { seen, client, counted, mostWaiting, left } = await play(each);
      for (const { class: askingClass, askedAt, deadlineAt, answers } of seen) {
        expect(answers).toHaveLength(1);
        const [answer] = answers;
        const latest = Math.max(askedAt, Math.min(deadlineAt, askedAt + DEADLINES[askingClass]));
        expect(answer?.at).toBeLessThanOrEqual(latest + TICK_MS);
        if (answer) kinds.add(answer.kind);
      }
      expect(left).toBe(0);
      expect(counted).toEqual({ asked: seen.length, answered: seen.length });
      expect(mostWaiting).toBeLessThanOrEqual(each.waitingMax);
      // With a single request a gate may have one beside a desk's.
      expect(client.most).toBeLessThanOrEqual(Math.max(2, each.requestsMax));
      for (const { credentialIds } of client.requests) {
        expect(credentialIds.length).toBeLessThanOrEqual(each.batchMax);
        expect(new Set(credentialIds).size).toBe(credentialIds.length);
      }
    }),
    { numRuns: SCHEDULES, seed: 20_260_401 },
  );
  expect([...kinds].sort()).toEqual(['answered', 'failed', 'late', 'not_asked']);
});
