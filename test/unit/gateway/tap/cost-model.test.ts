import { describe, expect, test } from 'vitest';
import { ClassQueues } from '../../../../gateway/tap/2-admit/class-queues.ts';
import { CostModel } from '../../../../gateway/tap/2-admit/cost-model.ts';
import type { Flight, TapDevice } from '../../../../gateway/tap/flights.ts';
import type { DeviceClass } from '../../../../gateway/verification.ts';

const deviceOf = (): TapDevice => ({ streams: new Map(), inFlight: 0, turn: null, coldness: 0 });
const devices = { gate: deviceOf(), desk: deviceOf(), batch: deviceOf() };
const waiting = (
  costKey: string,
  deviceClass: DeviceClass = 'gate',
  state: Flight['state'] = 'waiting',
  device = devices[deviceClass],
) =>
  ({
    ...{ class: deviceClass, state, costMs: 1, behind: null },
    ...{ stream: { device }, tap: { presentation: { costKey } } },
  }) as unknown as Flight;
const repeat = (n: number, work: () => void) => {
  for (let i = 0; i < n; i += 1) work();
};

describe('the cost model', () => {
  test('learns what a key usually costs', () => {
    const costs = new CostModel();
    repeat(100, () => costs.learn(Array(10).fill('rsa'), 0.5));
    expect(costs.usualMs('rsa')).toBeCloseTo(0.05, 3);
    repeat(100, () => costs.learn(Array(10).fill('rsa'), 20));
    expect(costs.usualMs('rsa')).toBeCloseTo(2, 2);
  });

  test('tells apart keys that come mixed, once each was seen alone', () => {
    const costs = new CostModel();
    repeat(100, () => costs.learn(['rsa'], 0.05));
    repeat(100, () => costs.learn(['sm2'], 4));
    repeat(100, () => costs.learn(['rsa', 'sm2'], 4.05));
    expect(costs.usualMs('rsa')).toBeCloseTo(0.05, 3);
    expect(costs.usualMs('sm2')).toBeCloseTo(4, 1);
  });

  test('tells what it has learned since it was asked last, whatever the key', () => {
    const costs = new CostModel();
    for (const key of ['', 'rsa']) {
      expect([costs.usualMs(key), costs.worstMs(key)]).toEqual([1, 8]);
      costs.learn([key], 0.5);
      expect(costs.usualMs(key)).toBeCloseTo(0.9, 9);
    }
  });

  test('the worst cost rises at once and is forgotten slowly', () => {
    const costs = new CostModel();
    repeat(500, () => costs.learn(['rsa'], 0.05));
    expect(costs.worstMs('rsa')).toBeLessThan(0.1);
    costs.learn(['rsa'], 6);
    expect(costs.worstMs('rsa')).toBeCloseTo(6, 1);
    repeat(10, () => costs.learn(['rsa'], 0.05));
    expect(costs.worstMs('rsa')).toBeGreaterThan(4);
  });

  test('stays in its bounds whatever a thread reports', () => {
    const costs = new CostModel();
    repeat(200, () => costs.learn(['a'], 0));
    expect(costs.usualMs('a')).toBeGreaterThan(0);
    repeat(200, () => costs.learn(['a'], 1e9));
    expect(costs.usualMs('a')).toBeLessThanOrEqual(100);
    costs.learn([], 5);
  });
});

describe('cards never seen before', () => {
  test('cost what they cost, and make remembered ones look no dearer', () => {
    const costs = new CostModel();
    repeat(100, () => costs.learn(['rsa'], 0.05));
    repeat(100, () => costs.learn(['rsa'], 4, [true]));
    repeat(100, () => costs.learn(['rsa', 'rsa'], 4.05, [true, false]));
    expect(costs.usualMs('rsa')).toBeCloseTo(0.05, 3);
    expect(costs.usualMs('rsa', 1)).toBeCloseTo(4, 1);
    expect(costs.usualMs('rsa', 0.5)).toBeCloseTo(2, 1);
    expect(costs.worstMs('rsa')).toBeGreaterThan(3.9);
  });

  test('stand for remembered ones until such a one was seen', () => {
    const costs = new CostModel();
    repeat(100, () => costs.learn(['rsa'], 0.5, [true]));
    expect(costs.usualMs('rsa')).toBeCloseTo(0.5, 2);
    costs.learn(['rsa'], 0.5);
    repeat(100, () => costs.learn(['rsa'], 3, [true]));
    expect(costs.usualMs('rsa')).toBeCloseTo(0.5, 2);
  });
});

describe('the next batch', () => {
  const queues = () => new ClassQueues({ gate: 1_000, desk: 1_000, batch: 1_000 });
  const bounds = (costs: CostModel) => ({ itemsMax: 64, targetMs: 5, worstMs: 100, costs });

  test('what was never seen is taken in small batches, whatever the usual cost of others', () => {
    const costs = new CostModel();
    repeat(500, () => costs.learn(Array(64).fill('rsa'), 3.2));
    const waits = queues();
    repeat(200, () => waits.push(waiting('rsa')));
    expect(waits.take(bounds(costs))).toHaveLength(64);
    const others = queues();
    repeat(200, () => others.push(waiting('sm2')));
    expect(others.take(bounds(costs)).length).toBeLessThanOrEqual(13);
  });

  test('holds at least one, however dear', () => {
    const costs = new CostModel();
    repeat(100, () => costs.learn(['dear'], 100));
    const waits = queues();
    repeat(3, () => waits.push(waiting('dear')));
    expect(waits.take(bounds(costs))).toHaveLength(1);
  });

  test('leaves out what was given up, and forgets its work', () => {
    const waits = queues();
    waits.push(waiting('a', 'gate', 'over'));
    waits.push(waiting('a'));
    expect(waits.workAheadMs('gate', devices.gate, 1)).toBe(2);
    expect(waits.take(bounds(new CostModel()))).toHaveLength(1);
    expect(waits.workAheadMs('gate', devices.gate, 1)).toBe(0);
    expect(waits.isEmpty).toBe(true);
  });

  test('a desk waits for gates, a gate for no desk', () => {
    const waits = queues();
    waits.push(waiting('a', 'desk'));
    waits.push(waiting('a', 'batch'));
    waits.push(waiting('a', 'gate'));
    const ahead = (each: DeviceClass) => waits.workAheadMs(each, devices[each], 1);
    expect([ahead('gate'), ahead('desk'), ahead('batch')]).toEqual([1, 2, 3]);
  });

  test('keeps its order over thousands of taps', () => {
    const waits = queues();
    const taken: Flight[] = [];
    const given: Flight[] = [];
    const costs = new CostModel();
    repeat(3_000, () => {
      const flight = waiting('a');
      given.push(flight);
      waits.push(flight);
      if (given.length % 3 === 0) taken.push(...waits.take({ ...bounds(costs), itemsMax: 2 }));
    });
    while (!waits.isEmpty) taken.push(...waits.take(bounds(costs)));
    expect(taken).toEqual(given);
  });
});
