import { expect, test } from 'vitest';
import type { DecisionRecord } from '../../../../gateway/journal/record/record.ts';
import { createMetrics } from '../../../../gateway/observe/metrics.ts';
import { sampleRecord } from '../journal/sample-records.rig.ts';

const STATS = {
  busyMs: 1,
  chainHits: 3,
  chainMisses: 1,
  authorisationHits: 0,
  authorisationMisses: 2,
  signatures: 5,
  engine: 'native',
} as const;

const value = (text: string, series: string) =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length + 1),
  );

test('decisions are counted by family, outcome, code and mode, once each, however often metrics are read', async () => {
  const { events, collect } = createMetrics();
  const allowed = sampleRecord(1);
  const denied: DecisionRecord = {
    ...allowed,
    mode: 'stale',
    answer: { ...allowed.answer, outcome: 'deny', code: 'deny.replayed' },
  };
  events.decided(allowed, 'gate', 3);
  events.decided(allowed, 'gate', 3);
  events.decided(denied, 'desk', 3);
  const good = 'onecard_decisions_total{family="transit-qr",outcome="allow",code="allow.good",mode="lists"}';
  const bad = 'onecard_decisions_total{family="transit-qr",outcome="deny",code="deny.replayed",mode="stale"}';
  const first = await collect();
  expect([value(first, good), value(first, bad)]).toEqual([2, 1]);
  events.decided(allowed, 'gate', 3);
  await collect();
  const last = await collect();
  expect([value(last, good), value(last, bad)]).toEqual([3, 1]);
});

test('histograms hold every observation in the bucket of its size and all larger ones', async () => {
  const { events, collect } = createMetrics();
  expect(await collect()).not.toContain('onecard_tap_seconds_count');
  for (const ms of [0.05, 0.1, 3, 9_999]) events.decided(sampleRecord(1), 'gate', ms);
  const text = await collect();
  const bucket = (le: string) => value(text, `onecard_tap_seconds_bucket{le="${le}",class="gate"}`);
  expect(['0.0001', '0.0025', '0.005', '2.5', '+Inf'].map(bucket)).toEqual([2, 2, 3, 3, 4]);
  expect(value(text, 'onecard_tap_seconds_count{class="gate"}')).toBe(4);
  expect(value(text, 'onecard_tap_seconds_sum{class="gate"}')).toBeCloseTo(10.002_15, 9);
  expect(text).not.toContain('class="desk"');
  for (const name of ['onecard_tap_seconds', 'onecard_stage_seconds', 'onecard_batch_items']) {
    expect(text.split('\n').filter((line) => line === `# TYPE ${name} histogram`)).toHaveLength(1);
  }
});

test('refusals are counted by code and class, once each, however often metrics are read', async () => {
  const { events, collect } = createMetrics();
  events.refused('tap.queue_full', 'gate');
  events.refused('tap.queue_full', 'desk');
  events.refused('tap.deadline_exceeded', 'gate');
  await collect();
  events.refused('tap.queue_full', 'gate');
  await collect();
  const text = await collect();
  const refusals = (code: string, deviceClass: string) =>
    value(text, `onecard_refusals_total{code="${code}",class="${deviceClass}"}`);
  expect(refusals('tap.queue_full', 'gate')).toBe(2);
  expect(refusals('tap.queue_full', 'desk')).toBe(1);
  expect(refusals('tap.deadline_exceeded', 'gate')).toBe(1);
});

test('batches are counted with what their threads tell', async () => {
  const { events, collect } = createMetrics();
  events.batch(3, STATS);
  events.batch(200, STATS);
  await collect();
  const text = await collect();
  expect(value(text, 'onecard_batch_items_bucket{le="4"}')).toBe(1);
  expect(value(text, 'onecard_batch_items_count')).toBe(2);
  expect(value(text, 'onecard_cache_requests_total{cache="chain",result="hit"}')).toBe(6);
  expect(value(text, 'onecard_cache_requests_total{cache="authorisation",result="miss"}')).toBe(4);
  expect(value(text, 'onecard_signatures_total{engine="native"}')).toBe(10);
});
