/**
 * What crypto.profile `sm` costs: a gateway and a platform of each profile, driven in turns with the same taps. Then the capacity of
 * each, searched finely, since two are compared.
 */
import { CRYPTO_PROFILES, type CryptoProfile } from '../../config/crypto-settings.ts';
import { loadWarning, resultOf } from '../drive/result-of.ts';
import { Run } from '../drive/run.ts';
import { objectiveOf } from '../objective.ts';
import { OptionsError } from '../options.ts';
import { compact } from '../report/figures.ts';
import type { Check, RunResult } from '../report/result.ts';
import { CAPACITY_CARDS, CAPACITY_LIMITS, type Capacity, type Fineness, findCapacity } from './capacity.ts';
import { RIGHT_AND_ANSWERED } from './driven.ts';
import { type PairedCost, pairedCost } from './paired-cost.ts';
import { capacityTables, drivePairs, oneReport, pairsTable } from './paired-runs.ts';
import { othersOf, type Profile, ridesOf, SOUND } from './profile.ts';

/** Half of what one gateway holds on two cores without AVX-512. */
const RATE = 2_000;
const SECONDS = 4;
/** What is promised of a quiet machine. */
const CAPACITY_PART = 0.92;
const FINE: Fineness = { close: 1.02, backOff: 0.98 };
const NAMES = { alone: 'international', together: 'sm' } as const satisfies Record<string, CryptoProfile>;

export const sm: Profile = {
  name: 'sm',
  about: 'crypto.profile international and sm, in turns: cost of a tap, and capacity',
  async run({ options, progress, onGateway }) {
    if (options.target !== null) {
      throw new OptionsError('--url: bench sm measures gateways that it starts itself');
    }
    const objective = objectiveOf('sm', RIGHT_AND_ANSWERED, ['unanswered', 'wrong'], options.failOn);
    const busy = loadWarning();
    const runs: Run[] = [];
    try {
      for (const profile of CRYPTO_PROFILES) {
        const settings = { limits: CAPACITY_LIMITS, ...options.settings, crypto: { profile } };
        runs.push(
          await Run.open({
            options: { ...options, settings },
            progress,
            cards: options.cards ?? CAPACITY_CARDS,
            chips: options.chips ?? 'sm2',
            plan: { ...SOUND, rides: ridesOf(options), ...othersOf(options) },
            onGateway,
          }),
        );
      }
      const [alone, together] = runs as [Run, Run];
      const phase = { rate: options.rate ?? RATE, seconds: options.seconds ?? SECONDS };
      const cost = pairedCost(await drivePairs({ alone, together }, NAMES, phase));
      const capacities = [await findCapacity(alone, FINE), await findCapacity(together, FINE)] as const;
      oneReport(alone, together);
      const outcome = outcomeOf(cost, capacities, options.sloP99Ms);
      return {
        result: resultOf(sm, together, outcome, { busy, objective }),
        wrong: alone.wrong + together.wrong,
        lost: alone.lost + together.lost,
      };
    } finally {
      for (const run of runs) await run.close();
    }
  },
};

function outcomeOf(
  cost: PairedCost,
  capacities: readonly [alone: Capacity, together: Capacity],
  sloP99Ms: number,
) {
  const [alone, together] = capacities;
  const part = alone.rateHeld === 0 ? 0 : together.rateHeld / alone.rateHeld;
  const figures: RunResult['figures'] = [
    { name: 'main thread, more per tap', value: cost.mainUs, unit: 'µs' },
    { name: 'all threads, more per tap', value: cost.allUs, unit: 'µs' },
    { name: 'p50, more', value: cost.p50Ms, unit: 'ms' },
    { name: 'p99, more', value: cost.p99Ms, unit: 'ms' },
    { name: 'capacity, international', value: alone.rateHeld, unit: 'taps/s' },
    { name: 'capacity, sm', value: together.rateHeld, unit: 'taps/s' },
    { name: 'sm ÷ international', value: part, unit: '' },
  ];
  return {
    title: 'The algorithms of both profiles',
    headline: { name: 'sm ÷ international', value: part, unit: '' },
    figures,
    checks: [capacityCheck(part)],
    tables: [pairsTable(cost, NAMES), ...capacityTables(capacities, NAMES, sloP99Ms)],
  };
}

function capacityCheck(part: number): Check {
  return {
    name: 'capacity in profile sm',
    limit: `at least ${100 * CAPACITY_PART} % of international`,
    seen: `${compact(100 * part)} %`,
    passed: part >= CAPACITY_PART,
  };
}
