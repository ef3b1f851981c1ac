/** Soak: hours, if asked for. Whether memory and latency stay where they are. */
import { compact } from '../report/figures.ts';
import { memoryTrend, type Resident } from '../report/memory-trend.ts';
import type { Check } from '../report/result.ts';
import { drivenProfile, MEASURES, warmUp } from './driven.ts';

/** Taps are signed and their outcomes looked at in pieces, so that the generator's own memory stays where it is. */
const PIECE_S = 20;
const DEFAULT_S = 300;
const MS_PER_MINUTE = 60_000;

export const soak = drivenProfile({
  name: 'soak',
  about: 'memory and latency over a long time',
  cards: 100_000,
  chips: 'both',
  plan: { forged: 0.002, cut: 0.002 },
  measures: [...MEASURES, 'memory'],
  async drive(run) {
    const { rate, seconds } = run.options;
    await warmUp(run);
    // Until then the memory of used presentations grows with every tap, as it is to.
    const fullAtMs = Date.now() + (run.gateway.limits?.replay_window_ms ?? 0);
    for (let left = seconds ?? DEFAULT_S; left > 0; left -= PIECE_S) {
      const minute = ((Date.now() - run.startedAtMs) / MS_PER_MINUTE).toFixed(1);
      await run.phase({ name: `minute ${minute}`, rate: rate ?? 2_000, seconds: Math.min(PIECE_S, left) });
    }
    const resident = run.sampler.samples.flatMap(({ atMs, residentMiB }) =>
      residentMiB === null ? [] : [[atMs, residentMiB] satisfies Resident],
    );
    const settled = resident.filter(([atMs]) => atMs >= fullAtMs);
    const p99s = run.phases.map(({ latency }) => latency.p99_ms);
    const most = resident.reduce((highest, [, mib]) => Math.max(highest, mib), 0);
    const limit = run.options.failOn.memory;
    return {
      ...(limit && limit.unit !== 'any' && { checks: [memoryCheck(most, limit.value)] }),
      title: 'Soak: memory and latency over time',
      figures: [
        memoryTrend(settled, fullAtMs - run.startedAtMs),
        { name: 'memory, most', value: most, unit: 'MiB' },
        { name: 'memory at the end', value: resident.at(-1)?.[1] ?? 0, unit: 'MiB' },
        { name: 'p99 of the first piece', value: p99s[0] ?? 0, unit: 'ms' },
        { name: 'p99 of the last piece', value: p99s.at(-1) ?? 0, unit: 'ms' },
      ],
    };
  },
});

/** The gateway's own memory, looked at once a second. */
function memoryCheck(mostMiB: number, limitMiB: number): Check {
  return {
    name: 'memory',
    limit: `at most ${compact(limitMiB)} MiB`,
    seen: mostMiB === 0 ? 'it could not be read' : `${compact(mostMiB)} MiB`,
    passed: mostMiB > 0 && mostMiB <= limitMiB,
  };
}
