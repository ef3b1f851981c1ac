/** Soak: hours, if asked for. Whether memory and latency stay where they are. */
import { drivenProfile, warmUp } from './driven.ts';

/** Taps are signed and their outcomes looked at in pieces, so that the generator's own memory stays where it is. */
const PIECE_S = 20;
const DEFAULT_S = 300;
const MS_PER_HOUR = 3_600_000;

export const soak = drivenProfile({
  name: 'soak',
  about: 'memory and latency over a long time',
  cards: 100_000,
  chips: 'both',
  plan: { forged: 0.002, cut: 0.002 },
  async drive(run) {
    const { rate, seconds } = run.options;
    await warmUp(run);
    for (let left = seconds ?? DEFAULT_S; left > 0; left -= PIECE_S) {
      const minute = ((Date.now() - run.startedAtMs) / 60_000).toFixed(1);
      await run.phase({ name: `minute ${minute}`, rate: rate ?? 2_000, seconds: Math.min(PIECE_S, left) });
    }
    const resident = run.sampler.samples.flatMap(({ atMs, residentMiB }) =>
      residentMiB === null ? [] : [[atMs, residentMiB] as const],
    );
    // What caches fill with at the beginning is no leak.
    const settled = resident.slice(Math.floor(resident.length / 3));
    const p99s = run.phases.map(({ latency }) => latency.p99_ms);
    return {
      title: 'Soak: memory and latency over time',
      figures: [
        {
          name: 'memory, trend after the first third',
          value: slope(settled) * MS_PER_HOUR,
          unit: 'MiB/hour',
        },
        { name: 'memory at the end', value: resident.at(-1)?.[1] ?? 0, unit: 'MiB' },
        { name: 'p99 of the first piece', value: p99s[0] ?? 0, unit: 'ms' },
        { name: 'p99 of the last piece', value: p99s.at(-1) ?? 0, unit: 'ms' },
      ],
    };
  },
});

/** Of the line of least squares; 0 for fewer than two points. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  const above = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  const below = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return below === 0 ? 0 : above / below;
}
