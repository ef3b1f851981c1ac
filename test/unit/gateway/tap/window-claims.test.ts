/** The window of one gateway, as the judge uses it. */
import { ReplayWindow } from '../../../../gateway/tap/5-decide/replay-window.ts';
import { claimsContract } from './claims-contract.rig.ts';

claimsContract('the window of a gateway', async () => {
  let nowMs = Date.UTC(2026, 10, 30);
  const window = new ReplayWindow(10_000, nowMs);
  return {
    async take(names, untilMs) {
      return names.map((name) => {
        if (window.hasSeen(name, nowMs)) return 'seen';
        if (window.remember(name, untilMs, 'gate-1') !== 'remembered') throw new Error('there is room');
        return 'first';
      });
    },
    giveBack: async (name) => window.release(name),
    now: () => nowMs,
    async pass(ms) {
      nowMs += ms;
    },
    close: async () => {},
  };
});
