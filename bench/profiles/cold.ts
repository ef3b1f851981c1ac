/** Cold: no chain was ever seen. Each ride code has an issuer certificate, an authorisation and a key of its own. */
import { drivenProfile, warmUp } from './driven.ts';

export const cold = drivenProfile({
  name: 'cold',
  about: 'every chain new: three signatures a tap, no cache helps',
  cards: 10_000,
  chips: 'sm2',
  plan: { rides: 1, cold: true },
  async drive(run) {
    const { rate, seconds } = run.options;
    await warmUp(run);
    await run.phase({ name: 'cold', rate: rate ?? 2_000, seconds: seconds ?? 10 });
    return { title: 'Cold: every chain new', figures: [] };
  },
});
