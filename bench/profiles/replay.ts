/** Replay: half of the taps are copies of taps that were answered a moment ago, sent under numbers of their own. */
import { drivenProfile, warmUp } from './driven.ts';

const RATE = 3_000;
/** Copies come this long after what they are copies of, so that there is one right answer. */
const BEHIND_S = 1;

export const replay = drivenProfile({
  name: 'replay',
  about: 'an attacker sends again what he has seen',
  cards: 10_000,
  chips: 'sm2',
  plan: ({ rate }) => ({ replayed: 0.5, back: Math.ceil(BEHIND_S * (rate ?? RATE)) }),
  async drive(run) {
    const { rate, seconds } = run.options;
    await warmUp(run);
    const { tally } = await run.phase({ name: 'replay', rate: rate ?? RATE, seconds: seconds ?? 10 });
    const refused = tally.codes['deny.replayed'] ?? 0;
    return {
      title: 'Replay: an attacker sends again what he has seen',
      figures: [{ name: 'replays refused', value: refused, unit: 'taps' }],
    };
  },
});
