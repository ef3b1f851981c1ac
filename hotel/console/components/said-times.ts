/** Times and spans as people read them. */
import { languageTag } from '../shell/language.ts';

export const clockTime = (atMs: number): string =>
  new Intl.DateTimeFormat(languageTag(), { hour: '2-digit', minute: '2-digit' }).format(atMs);

export const dayAndTime = (atMs: number): string =>
  new Intl.DateTimeFormat(languageTag(), { dateStyle: 'medium', timeStyle: 'short' }).format(atMs);

/** In the largest unit that fits, as `12 min`. */
export function span(ms: number): string {
  const steps = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const;
  const [unit, size] = steps.find(([, each]) => ms >= each) ?? (['second', 1_000] as const);
  return new Intl.NumberFormat(languageTag(), { style: 'unit', unit, unitDisplay: 'short' }).format(
    Math.floor(ms / size),
  );
}

/** YYYY-MM-DD of this computer, `days` from today. */
export function localDay(days = 0): string {
  const day = new Date();
  day.setDate(day.getDate() + days);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
