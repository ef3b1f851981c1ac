/** Days and hours as the city's clocks show them. Offsets of a zone are kept by quarter of an hour: none changes within one. */
import { OnecardError } from '../config/onecard-error.ts';

export const CITY_TIME_ZONE = 'Asia/Shanghai';
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
const OFFSETS_MAX = 100_000;

/** The time zone or the day is none. */
export class LocalTimeError extends OnecardError {
  override readonly name = 'LocalTimeError';
  readonly code = 'no_such_time';
}

export interface LocalTime {
  readonly zone: string;
  /** 2026-11-30. */
  dayOf(ms: number): string;
  /** 0 to 23. */
  hourOf(ms: number): number;
  /** 2026-11-30T08:00:05+08:00. */
  textOf(ms: number): string;
  /** When a day like 2026-11-30 begins, milliseconds since 1970 UTC. Throws LocalTimeError when it is none. */
  startOf(day: string): number;
}

/** Throws LocalTimeError when there is no such zone. */
export function localTime(zone: string): LocalTime {
  const format = formatOf(zone);
  const offsets = new Map<number, number>();
  const offsetAt = (ms: number): number => {
    const quarter = Math.floor(ms / QUARTER_MS);
    const kept = offsets.get(quarter);
    if (kept !== undefined) return kept;
    const offset = wallOf(format, quarter * QUARTER_MS) - quarter * QUARTER_MS;
    if (offsets.size >= OFFSETS_MAX) offsets.clear();
    offsets.set(quarter, offset);
    return offset;
  };
  const wall = (ms: number) => new Date(ms + offsetAt(ms));
  return {
    zone,
    dayOf: (ms) => wall(ms).toISOString().slice(0, 10),
    hourOf: (ms) => wall(ms).getUTCHours(),
    textOf: (ms) => `${wall(ms).toISOString().slice(0, 19)}${offsetText(offsetAt(ms))}`,
    startOf(day) {
      const midnight = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
      if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) {
        throw new LocalTimeError(`${JSON.stringify(day)} is no day such as 2026-11-30`);
      }
      const guess = midnight - offsetAt(midnight);
      return midnight - offsetAt(guess);
    },
  };
}

/** The day after a day like 2026-11-30. */
export function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}

/** The month after a month like 2026-11. */
export function monthAfter(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 7);
}

function formatOf(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch (cause) {
    throw new LocalTimeError(
      `there is no time zone ${JSON.stringify(zone)}; one is called ${CITY_TIME_ZONE}`,
      {
        cause,
      },
    );
  }
}

/** What the clocks of the zone show, as if it were UTC. */
function wallOf(format: Intl.DateTimeFormat, ms: number): number {
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function offsetText(offsetMs: number): string {
  const minutes = Math.abs(Math.round(offsetMs / 60_000));
  const two = (value: number) => String(value).padStart(2, '0');
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
