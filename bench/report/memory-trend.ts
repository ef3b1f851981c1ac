/** How fast memory grows once all that fills up is full. */

/** When, in milliseconds since 1970, and how much. */
export type Resident = readonly [atMs: number, mib: number];

const MS_PER_MINUTE = 60_000;
const MS_PER_HOUR = 3_600_000;
/** One sample is taken a second. Of less than a minute nothing is told of an hour. */
const SAMPLES_MIN = 60;

/**
 * Of what was seen from `fullAfterMs` on, counted from the beginning of the run: the time from which as many presentations
 * are forgotten as are remembered.
 */
export function memoryTrend(settled: readonly Resident[], fullAfterMs: number) {
  const name = `memory, trend after minute ${(fullAfterMs / MS_PER_MINUTE).toFixed(1)}`;
  if (settled.length < SAMPLES_MIN) return { name, value: 'the run ended before', unit: '' };
  return { name, value: slope(settled) * MS_PER_HOUR, unit: 'MiB/hour' };
}

/** Of the line of least squares. */
function slope(points: readonly Resident[]): number {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  const above = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  const below = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return above / below;
}
