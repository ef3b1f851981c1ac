/** Time as certificates write it: RFC 5280 clauses 4.1.2.5.1 and 4.1.2.5.2. */
import { DER_TAG } from './der-cursor.ts';

/** Milliseconds since 1970 UTC; NaN for text that names no second, and for any other tag. */
export function derTimeMs(bytes: Uint8Array, tag: number, start: number, stop: number): number {
  const size = stop - start;
  const yearDigits = tag === DER_TAG.utcTime ? 2 : tag === DER_TAG.generalizedTime ? 4 : 0;
  if (yearDigits === 0 || size !== yearDigits + 11 || bytes[stop - 1] !== 0x5a) return Number.NaN;
  const at = start + yearDigits;
  const short = digits(bytes, start, yearDigits);
  const year = yearDigits === 4 ? short : short < 50 ? 2000 + short : 1900 + short;
  const month = digits(bytes, at, 2);
  const day = digits(bytes, at + 2, 2);
  const hour = digits(bytes, at + 4, 2);
  const minute = digits(bytes, at + 6, 2);
  const second = digits(bytes, at + 8, 2);
  const isTime = month >= 1 && month <= 12 && day >= 1 && hour <= 23 && minute <= 59 && second <= 59;
  // NaN compares false.
  if (!isTime || !(day <= daysOf(year, month))) return Number.NaN;
  // Date.UTC reads years below 100 as of the twentieth century; no certificate is of them.
  return year < 100 ? Number.NaN : Date.UTC(year, month - 1, day, hour, minute, second);
}

function digits(bytes: Uint8Array, at: number, count: number): number {
  let number = 0;
  for (let i = at; i < at + count; i++) {
    const digit = (bytes[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
