/** Rush hour: the day of a city, compressed. The rate is that of the morning peak. */
import { drivenProfile, warmUp } from './driven.ts';

/** Hour, height and width in hours of the peaks over the quiet of the night. */
const PEAKS = [
  [8, 0.9, 1.1],
  [12.5, 0.3, 1.5],
  [18, 0.75, 1.4],
] as const;
const QUIET = 0.1;
const HOURS = 24;

export const rushHour = drivenProfile({
  name: 'rush-hour',
  about: 'a city’s day, compressed: two peaks and what lies between',
  cards: 20_000,
  chips: 'both',
  plan: { forged: 0.002, cut: 0.002 },
  async drive(run) {
    const { rate, seconds } = run.options;
    const peak = rate ?? 6_000;
    await warmUp(run);
    await run.phase({ name: 'a day', rate: (part) => peak * dayCurve(part), seconds: seconds ?? 30 });
    return {
      title: 'Rush hour: a day of a city',
      figures: [{ name: 'peak', value: peak, unit: 'taps/s' }],
    };
  },
});

/** 0 to 1 over a day from midnight to midnight. */
export function dayCurve(part: number): number {
  const hour = part * HOURS;
  return PEAKS.reduce(
    (sum, [at, height, width]) => sum + height * Math.exp(-(((hour - at) / width) ** 2) / 2),
    QUIET,
  );
}
