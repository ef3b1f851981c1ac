/** Gates: taps of both families over WebSocket, most of them good, some refused, some forged. */
import { drivenProfile, warmUp } from './driven.ts';

export const gates = drivenProfile({
  name: 'gates',
  about: 'taps over WebSocket, families and verdicts mixed',
  cards: 10_000,
  chips: 'both',
  plan: { forged: 0.01, cut: 0.005 },
  async drive(run) {
    const { rate, seconds } = run.options;
    await warmUp(run);
    await run.phase({ name: 'gates', rate: rate ?? 5_000, seconds: seconds ?? 10 });
    return { title: 'Gates: taps over WebSocket', figures: [] };
  },
});
