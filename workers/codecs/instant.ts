/** A moment in text: the profile of ISO 8601 that RFC 3339 clause 5.6 defines, always with a zone. */

const FORM =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

export const INSTANT_PATTERN = FORM.source;

/** Milliseconds since 1970 UTC, or null for text that names no moment. Digits below a millisecond are cut off. */
export function parseInstantMs(text: string): number | null {
  const match = FORM.exec(text);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const localMs = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC carries 30 February over to March, and reads years below 100 as of the twentieth century.
  const date = new Date(localMs);
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day)
    return null;
  const fractionMs = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const offsetMs = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * 60_000;
  return localMs + fractionMs - (match[8] === '-' ? -offsetMs : offsetMs);
}

const DIGIT_0 = 0x30;
/** The characters between the digits of 2026-11-20T08:00:00Z, by their places. */
const BETWEEN: readonly (readonly [number, number])[] = [
  [4, 0x2d],
  [7, 0x2d],
  [10, 0x54],
  [13, 0x3a],
  [16, 0x3a],
  [19, 0x5a],
];

/** The same of bytes, for the form that has whole seconds of UTC and years from 1970 on; NaN for any other, which may be good too. */
export function wholeSecondMs(bytes: Uint8Array, start: number, end: number): number {
  if (end - start !== 20) return Number.NaN;
  for (const [at, character] of BETWEEN) if (bytes[start + at] !== character) return Number.NaN;
  const two = (at: number): number => {
    const tens = (bytes[start + at] as number) - DIGIT_0;
    const ones = (bytes[start + at + 1] as number) - DIGIT_0;
    return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
  };
  const year = two(0) * 100 + two(2);
  const [month, day, hour, minute, second] = [two(5), two(8), two(11), two(14), two(17)];
  const isTime = year >= 1970 && month >= 1 && month <= 12 && hour <= 23 && minute <= 59 && second <= 59;
  // NaN compares false.
  if (!isTime || !(day >= 1 && day <= daysIn(year, month))) return Number.NaN;
  return (daysBefore(year, month) + day - 1) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1_000;
}

const DAY_MS = 86_400_000;
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysIn(year: number, month: number): number {
  const days = (DAYS_BEFORE_MONTH[month] as number) - (DAYS_BEFORE_MONTH[month - 1] as number);
  return month === 2 && isLeap(year) ? days + 1 : days;
}

/** Days from 1970 to the first of the month. */
function daysBefore(year: number, month: number): number {
  const years = year - 1;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400) - 477;
  const ofYear = (year - 1970) * 365 + leapDays;
  return ofYear + (DAYS_BEFORE_MONTH[month - 1] as number) + (month > 2 && isLeap(year) ? 1 : 0);
}
