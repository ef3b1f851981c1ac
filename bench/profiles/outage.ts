/** Outage: the platform is killed in the middle, and comes back. Gates must not notice. */

import { askMode } from '../drive/operations.ts';
import type { Run } from '../drive/run.ts';
import { drivenProfile, warmUp } from './driven.ts';

const POLL_MS = 20;
const CHANGE_MAX_MS = 30_000;
const ANSWER_MS = 1_000;

export const outage = drivenProfile({
  name: 'outage',
  about: 'the platform killed and revived while gates go on',
  cards: 10_000,
  chips: 'both',
  elsewhere: false,
  async drive(run) {
    const { rate, seconds } = run.options;
    const { platform } = run.gateway;
    if (platform === null) throw new RangeError('an outage is of a platform of its own');
    const phase = (name: string) => run.phase({ name, rate: rate ?? 2_000, seconds: seconds ?? 10 });
    await warmUp(run);
    const before = await phase('before');
    await platform.kill();
    const toLists = modeAfter(run, (mode) => mode !== 'live');
    const during = await phase('platform gone');
    const lostAfterMs = await toLists;
    await platform.revive();
    const toLive = modeAfter(run, (mode) => mode === 'live');
    const after = await phase('platform back');
    const backAfterMs = await toLive;
    const ratio = during.tally.latency.p99_ms / before.tally.latency.p99_ms;
    return {
      title: 'Outage: the platform killed and revived',
      figures: [
        { name: 'from failure to another mode', value: lostAfterMs, unit: 'ms' },
        { name: 'from recovery to live', value: backAfterMs, unit: 'ms' },
        { name: 'p99 during, against before', value: ratio, unit: '×' },
        { name: 'latest answer during', value: during.tally.latency.max_ms, unit: 'ms' },
        { name: 'p99 after', value: after.tally.latency.p99_ms, unit: 'ms' },
      ],
    };
  },
});

/** Milliseconds until the gateway's mode is as wanted. */
async function modeAfter(run: Run, wanted: (mode: string) => boolean): Promise<number> {
  const started = performance.now();
  while (performance.now() - started < CHANGE_MAX_MS) {
    const mode = await askMode(run.gateway.admin, ANSWER_MS);
    if (mode !== null && wanted(mode)) return Math.round(performance.now() - started);
    await new Promise((next) => setTimeout(next, POLL_MS));
  }
  run.warnings.add('the mode did not change');
  return CHANGE_MAX_MS;
}
