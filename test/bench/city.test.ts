/** What a run of a city is made of, apart from its servers. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { valuesOf } from '../../bench/city/measured-figures.ts';
import { drawQuestions } from '../../bench/city/questions.ts';
import { machineOf, monthlyCost, needsOf } from '../../bench/city/scale-model.ts';
import { scalePage } from '../../bench/city/scale-page.ts';
import { NO_TRAFFIC, partsOf, predicted, type Traffic, USED, type Used } from '../../bench/city/traffic.ts';
import { ticksOf, uploadsPerS } from '../../bench/city/upload-pace.ts';
import { median, pairedCost } from '../../bench/profiles/paired-cost.ts';

/** A server that takes 10 with no traffic, and so much for each unit. */
const TAKES: Traffic = { questions: 3, uploads: 50, records: 2, deltas: 700, words: 5 };
const IDLE = 10;
const usedBy = (traffic: Traffic): Used => {
  const sum = (Object.keys(TAKES) as (keyof Traffic)[]).reduce(
    (so, kind) => so + TAKES[kind] * traffic[kind],
    IDLE,
  );
  return Object.fromEntries(Object.keys(USED).map((name) => [name, sum])) as unknown as Used;
};

describe('the model', () => {
  const seen = (some: Partial<Traffic>) => {
    const traffic = { ...NO_TRAFFIC, ...some };
    return { traffic, used: usedBy(traffic) };
  };
  const calibration = {
    idle: usedBy(NO_TRAFFIC),
    questions: seen({ questions: 100 }),
    deltas: seen({ deltas: 5 }),
    words: seen({ words: 40 }),
    small: seen({ uploads: 20, records: 20 }),
    large: seen({ uploads: 20, records: 400 }),
  };

  test('finds what each kind takes, uploads apart from their records', () => {
    const { per } = partsOf(calibration);
    for (const kind of Object.keys(TAKES) as (keyof Traffic)[]) {
      expect(per[kind].busServerUs, kind).toBeCloseTo(TAKES[kind], 9);
    }
  });

  test('adds up to what all of it takes', () => {
    const whole = { questions: 1_000, uploads: 100, records: 900, deltas: 2, words: 30 };
    expect(predicted(partsOf(calibration), whole).storeServerUs).toBeCloseTo(
      usedBy(whole).storeServerUs ?? 0,
      6,
    );
  });

  test('says nothing of what was not told', () => {
    const blind = {
      ...calibration,
      words: { ...calibration.words, used: { ...usedBy(NO_TRAFFIC), busBytesIn: null } },
    };
    const parts = partsOf(blind);
    expect(parts.per.words.busBytesIn).toBeNull();
    expect(predicted(parts, { ...NO_TRAFFIC, words: 1 }).busBytesIn).toBeNull();
    expect(predicted(parts, { ...NO_TRAFFIC, deltas: 1 }).busBytesIn).toBeCloseTo(710, 9);
  });
});

describe('questions', () => {
  const wanted = { seed: 'city', ratePerS: 500, seconds: 4, gateways: 7 };
  const { times, gateways, names, taps, right } = drawQuestions(wanted);

  test('are the same for the same seed', () => {
    expect(drawQuestions(wanted)).toEqual(drawQuestions(wanted));
    expect(drawQuestions({ ...wanted, seed: 'other' }).names[0]).not.toEqual(names[0]);
  });

  test('have one right answer each, which a window of all that was asked before gives too', () => {
    const taken = new Map<string, number>();
    const kinds = new Map<string, number>();
    for (let n = 0; n < times.length; n += 1) {
      const name = Buffer.from(names[n] ?? []).toString('hex');
      const before = taken.get(name);
      const told = before === undefined ? 'first' : before === taps[n] ? 'same' : 'seen';
      expect(right[n]).toBe(told);
      if (before === undefined) taken.set(name, taps[n] ?? 0);
      kinds.set(told, (kinds.get(told) ?? 0) + 1);
      expect(gateways[n]).toBeLessThan(7);
    }
    expect(kinds.get('same')).toBeGreaterThan(0);
    expect(kinds.get('seen')).toBeGreaterThan(0);
  });
});

test('uploads take all that came since, and no more than fits', () => {
  const ticks = ticksOf(100, 0);
  expect([ticks.due(-1), ticks.due(0), ticks.due(200), ticks.due(400), ticks.due(5_000)]).toEqual([
    0, 0, 20, 20, 200,
  ]);
  expect(uploadsPerS(1_000, 1)).toBe(1_000);
  expect(uploadsPerS(1_000, 30)).toBe(5_000);
  expect(uploadsPerS(1, 20_000)).toBe(100);
});

test('a paired cost is the median of differences, by thread', () => {
  const side = (main: number, p99Ms: number) => ({ usByThread: { main, proving: 5 }, p50Ms: 1, p99Ms });
  const pairs = [
    { alone: side(30, 2), together: side(36, 2.5) },
    { alone: side(31, 2), together: side(39, 2.2) },
    // Disturbed.
    { alone: side(30, 2), together: side(90, 80) },
  ];
  expect(pairedCost(pairs)).toMatchObject({ mainUs: 8, allUs: 8, p50Ms: 0, p99Ms: 0.5 });
  expect([median([3, 1]), median([5, 1, 9])]).toEqual([2, 5]);
});

describe('the model of a city', () => {
  const values = { ...valuesOf(), storeServerUs: 20, busUploadUs: 100, busDeltaUs: 10, busWordUs: 20 };
  const city = {
    gateways: 1_000,
    peakTapsPerS: 30_000,
    meanPart: 0.2,
    cards: 0,
    bearerPart: 1,
    deltasPerS: 1,
  };

  test('counts cores, shards and uploads from what one of each takes', () => {
    const needs = needsOf(city, values);
    expect(needs.storeCores).toBeCloseTo(0.6, 9);
    expect(needs.storeShards).toBe(2);
    expect(needs.uploadsPerS).toBe(5_000);
    expect(needs.busCores).toBeCloseTo(0.5 + 0.01 + 0.02, 9);
    expect(needs.bounds.map(({ name }) => name)).toEqual([
      'the one thread of a store',
      'the stream of journals, on one core',
      'taps of one gateway',
    ]);
  });

  test('leaves room on a machine for what its gateways ask of the servers', () => {
    for (const cores of [4, 16, 64]) {
      const { gateways, storeCores, busCores } = machineOf(cores, values);
      expect(2 * gateways + storeCores + busCores).toBeLessThanOrEqual(cores);
      expect(2 * gateways).toBeGreaterThan(0);
    }
  });

  test('costs the sum of its parts', () => {
    const { all, ...parts } = monthlyCost(city, { core: 1, memoryGiB: 0, diskGB: 0, trafficGB: 0 }, values);
    expect(parts).toMatchObject({ gateways: 2_000, store: 4, bus: 6, disk: 0, traffic: 0 });
    expect(all).toBe(2_010);
  });

  test('docs/scale.md is as it is made', () => {
    expect(readFileSync(new URL('../../docs/scale.md', import.meta.url), 'utf8')).toBe(scalePage());
  });
});
