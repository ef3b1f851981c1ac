/** Capacity: the highest arrival rate that holds an objective, searched and then confirmed by a longer run. */
import type { Run } from '../drive/run.ts';
import { compact } from '../report/figures.ts';
import type { Check, RatesTried } from '../report/result.ts';
import { type Patience, type RateTried, ratesTable, searchCapacity, tryRate } from './capacity-search.ts';
import { compileUnderLoad, drivenProfile, RIGHT_AND_ANSWERED } from './driven.ts';

/** So many that at 30,000 taps/s each has some twenty minutes of ride codes, a second each (fleet/code-times.ts). */
const CARDS = 16_000;
/** A rate that held for a few seconds and not for longer gives way to one a little lower. */
const CONFIRMATIONS = 12;
const BACK_OFF = 0.95;
const CLOSE = 1.06;
const START_RATE = 8_000;
const CONFIRM_S = 8;
/** Some six minutes of a run, at most, are spent on a machine that others use. */
const DISTURBED_PHASES_MAX = 36;
/**
 * A ride code of the fleet is good for ten minutes and is remembered for as long. A search sends millions within them,
 * which no gate would: without room for them it would find the bound of that memory.
 */
const REPLAY_ENTRIES = 18_000_000;
const P99_THERE = 'p99 at that rate, in the seconds it is judged by';

/** A rate that held, and the run's phase it held in. */
type Confirmed = Pick<RateTried, 'rate' | 'p99Ms'> & { readonly phase: number };

export interface Capacity {
  /** Taps a second; 0: none held. */
  readonly rateHeld: number;
  readonly confirmed: Confirmed | null;
  readonly tried: readonly RateTried[];
}

/** Room in the memory of what is used up for as many taps as a search sends. */
export const CAPACITY_LIMITS = {
  replay_entries: REPLAY_ENTRIES,
  replay_entries_per_device: REPLAY_ENTRIES,
};
export const CAPACITY_CARDS = CARDS;

export const capacity = drivenProfile({
  name: 'capacity',
  about: 'the highest arrival rate that holds the objective (p99, no loss)',
  cards: CARDS,
  chips: 'sm2',
  // Rates above capacity are tried on purpose: what is lost there is lost by the objective of the search.
  objective: () => RIGHT_AND_ANSWERED,
  measures: ['unanswered', 'wrong', 'capacity'],
  settings: { limits: CAPACITY_LIMITS },
  async drive(run) {
    const { rate, sloP99Ms } = run.options;
    await compileUnderLoad(run, rate ?? START_RATE);
    const { rateHeld, confirmed, tried } = await findCapacity(run);
    const least = run.options.failOn.capacity;
    return {
      checks: [capacityCheck(rateHeld, least?.unit === 'any' ? 0 : (least?.value ?? 1))],
      rates: { slo_p99_ms: sloP99Ms, tried: tried.map(triedPoint) },
      title: `Capacity at p99 ≤ ${sloP99Ms} ms and no loss`,
      headline: { name: 'capacity', value: rateHeld, unit: 'taps/s' },
      ...(confirmed && { mainPhase: confirmed.phase }),
      figures: [
        { name: 'capacity', value: rateHeld, unit: 'taps/s' },
        ...(confirmed ? [{ name: P99_THERE, value: confirmed.p99Ms, unit: 'ms' }] : []),
      ],
      tables: [ratesTable(tried, sloP99Ms)],
    };
  },
});

/** How near to the bound it comes: for a run of its own, or to compare two. */
export interface Fineness {
  /** The search ends when what holds and what does not are this close, as a ratio. */
  readonly close: number;
  /** What a rate gives way by that held in the search and not in the longer phase. */
  readonly backOff: number;
}

const COARSE: Fineness = { close: CLOSE, backOff: BACK_OFF };

/** Searches from the rate of the run's options, and confirms what it found by a longer phase. */
export async function findCapacity(run: Run, { close, backOff } = COARSE): Promise<Capacity> {
  const { rate, sloP99Ms } = run.options;
  const startRate = rate ?? START_RATE;
  const seconds = run.options.seconds ?? CONFIRM_S;
  const patience: Patience = { phasesLeft: DISTURBED_PHASES_MAX };
  const found = await searchCapacity(run, {
    ...{ startRate, close, stepSeconds: seconds / 2, sloP99Ms, patience },
  });
  const tried: RateTried[] = [...found.tried];
  let confirmed: Confirmed | null = null;
  for (let at = found.rate, n = 0; at > 0 && n < CONFIRMATIONS && confirmed === null; n += 1) {
    const attempts = await tryRate(run, { step: 'confirm', rate: at, seconds, sloP99Ms, patience });
    tried.push(...attempts);
    const last = attempts.at(-1);
    if (last?.verdict === 'held') confirmed = { ...last, phase: run.phases.length - 1 };
    at *= backOff;
  }
  if (confirmed === null) run.warnings.add('no rate held the objective');
  return { rateHeld: Math.round(confirmed?.rate ?? 0), confirmed, tried };
}

function capacityCheck(rateHeld: number, least: number): Check {
  return {
    name: 'capacity',
    limit: `at least ${least === 1 ? 'some rate' : `${compact(least)} taps/s`}`,
    seen: rateHeld === 0 ? 'none: no rate held the objective' : `${compact(rateHeld)} taps/s`,
    passed: rateHeld >= least,
  };
}

function triedPoint({ rate, p50Ms, p99Ms, verdict }: RateTried): RatesTried['tried'][number] {
  return { rate_per_s: rate, p50_ms: p50Ms, p99_ms: p99Ms, verdict };
}
