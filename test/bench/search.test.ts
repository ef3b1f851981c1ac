/** Searches of the benchmark and what they judge by, against a gateway that is a formula. */
import { describe, expect, test } from 'vitest';
import type { PhaseOptions, PhaseOutcome, Run } from '../../bench/drive/run.ts';
import {
  hasHeld,
  type Judged,
  ratesTable,
  searchCapacity,
  tryRate,
  whyNot,
} from '../../bench/profiles/capacity-search.ts';
import { classesFavoured, deadlinesKept, type FloodSeen } from '../../bench/profiles/flood-judgement.ts';
import { searchThroughput } from '../../bench/profiles/throughput-search.ts';

const NO_LOSS = { unsent: 0, unanswered: 0, wrong: 0, refused: 0, repeated: 0, fastestMs: 1 };

/**
 * A run whose phases go as `seen` says, and the phases that were asked of it. `calm`: undisturbed seconds of a phase, and
 * how those went; default: all.
 */
function runOf(
  seen: (rate: number, n: number) => object,
  calm: (n: number) => { readonly seconds: number; readonly tally: object } | null = () => null,
) {
  const asked: { readonly rate: number; readonly seconds: number }[] = [];
  const warnings = new Set<string>();
  const phase = async ({ rate, seconds }: PhaseOptions) => {
    const n = asked.push({ rate: rate as number, seconds }) - 1;
    const tally = seen(rate as number, n);
    return { tally, undisturbed: () => calm(n) ?? { seconds, tally } } as unknown as PhaseOutcome;
  };
  return { run: { phase, warnings } as unknown as Run, asked, warnings };
}

const patient = () => ({ phasesLeft: 100 });

const fine = { ...NO_LOSS, latency: { p50_ms: 2, p99_ms: 5 } };
/** Some taps were late, most were not. */
const hiccup = { ...NO_LOSS, latency: { p50_ms: 2, p99_ms: 120 } };
const overloaded = { ...NO_LOSS, latency: { p50_ms: 80, p99_ms: 100 } };

describe('the search for capacity', () => {
  const search = async (startRate: number, seen: (rate: number, n: number) => object) => {
    const { run, asked } = runOf(seen);
    return {
      found: await searchCapacity(run, {
        startRate,
        close: 1.06,
        stepSeconds: 4,
        sloP99Ms: 10,
        patience: patient(),
      }),
      asked,
    };
  };
  const upTo = (capacity: number) => (rate: number) => (rate <= capacity ? fine : overloaded);

  test.each([3_000, 8_000, 31_000])('finds %i taps/s from below and above', async (capacity) => {
    for (const startRate of [capacity / 3, capacity * 3]) {
      const { found, asked } = await search(startRate, upTo(capacity));
      expect(found.rate).toBeLessThanOrEqual(capacity);
      expect(found.rate).toBeGreaterThan(capacity / 1.1);
      expect(asked.length).toBeLessThan(15);
      // Every rate is judged by as long a phase.
      expect(new Set(asked.map(({ seconds }) => seconds))).toEqual(new Set([4]));
      expect(found.tried.map(({ rate }) => rate)).toEqual(asked.map(({ rate }) => rate));
    }
  });

  test('gives up far below where it began', async () => {
    const { found, asked } = await search(8_000, upTo(1));
    expect(found.rate).toBe(0);
    expect(asked.length).toBeLessThan(8);
  });

  test.each([0, 1, 2, 3, 4])('one hiccup of the machine, in phase %i, changes nothing', async (at) => {
    const spoilt = (rate: number, n: number) => (n === at && rate <= 20_000 ? hiccup : upTo(20_000)(rate));
    const undisturbed = await search(8_000, upTo(20_000));
    expect((await search(8_000, spoilt)).found.rate).toBe(undisturbed.found.rate);
  });

  test('a rate that fails twice fails, and an overload is not tried again', async () => {
    const trial = { step: 'confirm', rate: 9_000, seconds: 8, sloP99Ms: 10, patience: patient() } as const;
    const twice = runOf(() => hiccup);
    expect(hasHeld(await tryRate(twice.run, trial))).toBe(false);
    expect(twice.asked.length).toBe(2);
    const once = runOf(() => overloaded);
    expect(hasHeld(await tryRate(once.run, trial))).toBe(false);
    expect(once.asked).toEqual([{ rate: 9_000, seconds: 8 }]);
  });

  describe('where the hypervisor takes processors away', () => {
    const trial = { step: 'confirm', rate: 9_000, seconds: 8, sloP99Ms: 10, patience: patient() } as const;
    const tryWith = async (...of: Parameters<typeof runOf>) => {
      const { run, asked, warnings } = runOf(...of);
      return { tried: await tryRate(run, trial), asked, warnings };
    };

    test('a rate is judged by its other seconds', async () => {
      const { tried } = await tryWith(
        () => hiccup,
        () => ({ seconds: 4, tally: fine }),
      );
      expect(tried).toMatchObject([{ verdict: 'held', judgedS: 4, p99Ms: 5, whyNot: [] }]);
      const failed = await tryWith(
        () => hiccup,
        () => ({ seconds: 7, tally: hiccup }),
      );
      expect(failed.tried).toMatchObject([
        { verdict: 'failed', judgedS: 7 },
        { verdict: 'failed', judgedS: 7 },
      ]);
    });

    test('a phase with fewer than half of them is driven again, however often that happens within bounds', async () => {
      const later = await tryWith(
        (_, n) => (n < 5 ? overloaded : hiccup),
        (n) => (n < 5 ? { seconds: 3, tally: fine } : null),
      );
      expect(later.tried.map(({ verdict }) => verdict)).toEqual([
        ...Array.from({ length: 5 }, () => 'not judged'),
        'failed',
        'failed',
      ]);
      const never = await tryWith(
        () => hiccup,
        () => ({ seconds: 3, tally: fine }),
      );
      expect(hasHeld(never.tried)).toBe(false);
      expect(never.asked.length).toBe(12);
      expect([...never.warnings]).toEqual([expect.stringContaining('too often to judge this rate')]);
    });

    test('a run is patient with it within bounds, and then tries each rate once', async () => {
      const { run, asked, warnings } = runOf(
        () => hiccup,
        () => ({ seconds: 3, tally: fine }),
      );
      const patience = { phasesLeft: 15 };
      const counts: number[] = [];
      for (const rate of [9_000, 8_000, 7_000, 6_000]) {
        counts.push((await tryRate(run, { ...trial, rate, patience })).length);
      }
      expect(counts).toEqual([12, 4, 1, 1]);
      expect(asked.length).toBe(18);
      expect(warnings.size).toBe(4);
    });

    test('a phase in which even the fastest tap was late has failed', async () => {
      const { tried } = await tryWith(
        () => ({ ...overloaded, fastestMs: 10.1 }),
        () => ({ seconds: 0, tally: fine }),
      );
      expect(tried.map(({ verdict }) => verdict)).toEqual(['failed']);
      expect(tried[0]?.whyNot).toEqual(['p99 900 % above']);
    });

    test('a phase that held all the same has held', async () => {
      const { tried } = await tryWith(
        () => fine,
        () => ({ seconds: 0, tally: fine }),
      );
      expect(tried).toMatchObject([{ verdict: 'held', judgedS: 8 }]);
    });

    test.each(['wrong', 'unanswered', 'repeated'] as const)('%s taps of any second count', async (field) => {
      for (const seconds of [0, 8]) {
        const { tried } = await tryWith(
          () => ({ ...fine, [field]: 1 }),
          () => ({ seconds, tally: fine }),
        );
        expect(hasHeld(tried)).toBe(false);
        expect(tried[0]?.whyNot.length).toBe(1);
      }
    });
  });
});

describe('why a rate does not hold', () => {
  const tallied = (changes: object): Judged => ({ ...fine, ...changes });

  test.each([
    [{}, []],
    [{ latency: { p50_ms: 2, p99_ms: 10 } }, []],
    [{ latency: { p50_ms: 2, p99_ms: 10.04 } }, ['p99 0.4 % above']],
    [{ latency: { p50_ms: 2, p99_ms: 25 }, refused: 3 }, ['p99 150 % above', '3 refused']],
    [{ unsent: 1, unanswered: 2, wrong: 4 }, ['1 never sent', '2 unanswered', '4 wrong']],
    [{ repeated: 1 }, ['1 answered twice']],
  ])('%j', (changes, reasons) => {
    expect(whyNot(tallied(changes), 10)).toEqual(reasons);
  });

  test('is in the table of rates tried', () => {
    const tried = {
      step: 'confirm',
      rate: 20_000.4,
      seconds: 8,
      p50Ms: 2,
      p99Ms: 12,
      lagP99Ms: 1.5,
      judgedS: 6,
      verdict: 'failed',
    } as const;
    const { rows } = ratesTable([{ ...tried, whyNot: ['p99 20 % above'] }], 10);
    expect(rows).toEqual([['confirm', 20_000, 8, 6, 2, 12, 1.5, 'failed', 'p99 20 % above']]);
  });
});

describe('the search for what can be judged at most', () => {
  /** Judges `most` a second and refuses the rest. */
  const gateway = (most: number, seconds: number) => (rate: number) => ({
    ...NO_LOSS,
    intended: rate * seconds,
    judgedMeanwhile: Math.min(rate, most) * seconds,
    refused: Math.max(0, rate - most) * seconds,
  });

  test.each([5_000, 21_000, 40_000])('finds %i taps/s', async (most) => {
    const { run, asked } = runOf(gateway(most, 2));
    const found = await searchThroughput(run, { startRate: 8_000, stepSeconds: 2 });
    expect(found.rate).toBe(most);
    expect(found.tried.slice(-2).map(({ follows }) => follows)).toEqual([false, false]);
    expect(asked.length).toBeLessThan(10);
  });

  test('a backlog that grows without a refusal is not followed; one hiccup is no end', async () => {
    const growing = (rate: number) => ({ ...gateway(20_000, 2)(rate), refused: 0 });
    expect((await searchThroughput(runOf(growing).run, { startRate: 8_000, stepSeconds: 2 })).rate).toBe(
      20_000,
    );
    const spoilt = (rate: number, n: number) => gateway(n === 1 ? 1_000 : 20_000, 2)(rate);
    expect((await searchThroughput(runOf(spoilt).run, { startRate: 8_000, stepSeconds: 2 })).rate).toBe(
      20_000,
    );
  });
});

describe('what a flood is there to show', () => {
  const deadlines = { gate: 500, desk: 2_000, batch: 10_000 };
  const of = (judged: number, latestFromSendingMs: number, refused = 1_000 - judged) => ({
    ...{ intended: 1_000, judgedMeanwhile: judged, refused, latestFromSendingMs },
  });
  const shedding: FloodSeen = { gate: of(900, 480), desk: of(80, 1_900), batch: of(5, 9_000) };

  test('deadlines hold when the latest answer of every class is inside its own', () => {
    expect(deadlinesKept(shedding, deadlines).holds).toBe(true);
    for (const [late, latest] of [
      ['gate', 501],
      ['desk', 2_001],
      ['batch', 10_001],
    ] as const) {
      const told = deadlinesKept({ ...shedding, [late]: of(5, latest) }, deadlines);
      expect(told.holds).toBe(false);
      expect(told.seen).toContain(`${late}: latest ${latest.toLocaleString('en-US')} ms of`);
    }
  });

  test.each([
    ['in order', [900, 80, 5], true],
    ['the lower two starved alike', [900, 0, 4], true],
    ['desks before gates', [80, 900, 5], false],
    ['batches before desks', [900, 5, 80], false],
    ['all alike', [333, 333, 333], false],
  ] as const)('favour: %s', (_, [gate, desk, batch], holds) => {
    expect(classesFavoured({ gate: of(gate, 1), desk: of(desk, 1), batch: of(batch, 1) }).holds).toBe(holds);
  });

  test('nobody is favoured where nothing was shed', () => {
    const all = of(1_000, 1);
    const told = classesFavoured({ gate: all, desk: all, batch: of(500, 1, 0) });
    expect(told.holds).toBe(false);
    expect(told.seen).toContain('nothing was shed');
  });
});
