/** Capacity: the highest arrival rate that holds an objective, searched and then confirmed by a longer run. */
import { holds, searchCapacity } from './capacity-search.ts';
import { drivenProfile, warmUp } from './driven.ts';

/** A rate that held for a few seconds and not for longer gives way to one a little lower. */
const CONFIRMATIONS = 4;
const BACK_OFF = 0.95;

export const capacity = drivenProfile({
  name: 'capacity',
  about: 'the highest arrival rate that holds the objective (p99, no loss)',
  cards: 10_000,
  chips: 'sm2',
  async drive(run) {
    const { rate, seconds, sloP99Ms } = run.options;
    const stepSeconds = (seconds ?? 8) / 2;
    await warmUp(run);
    const found = await searchCapacity(run, { startRate: rate ?? 8_000, stepSeconds, sloP99Ms });
    let [held, answered] = [0, 0];
    for (let at = found.rate, tries = 0; at > 0 && tries < CONFIRMATIONS && held === 0; tries += 1) {
      const outcome = await run.phase({
        name: `confirm ${Math.round(at)}/s`,
        rate: at,
        seconds: stepSeconds * 2,
      });
      if (holds(outcome, sloP99Ms)) {
        held = at;
        answered = outcome.tally.answered / (stepSeconds * 2);
      }
      at *= BACK_OFF;
    }
    if (held === 0) run.warnings.add('no rate held the objective');
    return {
      title: `Capacity at p99 ≤ ${sloP99Ms} ms and no loss`,
      figures: [
        { name: 'capacity', value: Math.round(held), unit: 'taps/s' },
        { name: 'answered in the run that confirms it', value: Math.round(answered), unit: 'taps/s' },
        { name: 'rates tried', value: found.steps.length, unit: '' },
      ],
    };
  },
});
