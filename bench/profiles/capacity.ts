/** Capacity: the highest arrival rate that holds an objective, searched and then confirmed by a longer run. */
import { hasHeld, type RateTried, ratesTable, searchCapacity, tryRate } from './capacity-search.ts';
import { compileUnderLoad, drivenProfile } from './driven.ts';

/** A rate that held for a few seconds and not for longer gives way to one a little lower. */
const CONFIRMATIONS = 4;
const BACK_OFF = 0.95;
const START_RATE = 8_000;
const CONFIRM_S = 8;

export const capacity = drivenProfile({
  name: 'capacity',
  about: 'the highest arrival rate that holds the objective (p99, no loss)',
  cards: 10_000,
  chips: 'sm2',
  async drive(run) {
    const { rate, sloP99Ms } = run.options;
    const startRate = rate ?? START_RATE;
    const seconds = run.options.seconds ?? CONFIRM_S;
    await compileUnderLoad(run, startRate);
    const found = await searchCapacity(run, { startRate, stepSeconds: seconds / 2, sloP99Ms });
    const tried: RateTried[] = [...found.tried];
    let held = 0;
    let confirming = -1;
    for (let at = found.rate, n = 0; at > 0 && n < CONFIRMATIONS && held === 0; at *= BACK_OFF, n += 1) {
      const attempts = await tryRate(run, { step: 'confirm', rate: at, seconds, sloP99Ms });
      tried.push(...attempts);
      if (!hasHeld(attempts)) continue;
      held = at;
      confirming = run.phases.length - 1;
    }
    if (held === 0) run.warnings.add('no rate held the objective');
    return {
      title: `Capacity at p99 ≤ ${sloP99Ms} ms and no loss`,
      headline: { name: 'capacity', value: Math.round(held), unit: 'taps/s' },
      ...(confirming >= 0 && { mainPhase: confirming }),
      figures: [{ name: 'capacity', value: Math.round(held), unit: 'taps/s' }],
      tables: [ratesTable(tried, sloP99Ms)],
    };
  },
});
