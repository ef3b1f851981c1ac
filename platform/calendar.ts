/** Dates as certificates and cards carry them, and binary-coded decimal. Years are 2000 to 2099. */

export interface Month {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
}

/** Packed digits, two a byte, filled with F on the right up to `length` bytes. Throws RangeError when too long. */
export function packedDigits(digits: string, length: number): Uint8Array {
  if (!/^\d*$/.test(digits) || digits.length > length * 2)
    throw new RangeError(`not up to ${length * 2} digits`);
  return new Uint8Array(Buffer.from(digits.padEnd(length * 2, 'f'), 'hex'));
}

/** MMYY, 2 bytes. */
export function mmyy({ year, month }: Month): Uint8Array {
  return packedDigits(two(month) + two(year - 2000), 2);
}

/** YYMMDD of the UTC day, 3 bytes. */
export function yymmdd(ms: number): Uint8Array {
  const day = new Date(ms);
  return packedDigits(
    two(day.getUTCFullYear() - 2000) + two(day.getUTCMonth() + 1) + two(day.getUTCDate()),
    3,
  );
}

/** First millisecond of the last day of a month, UTC. */
export function lastDayMs({ year, month }: Month): number {
  return Date.UTC(year, month, 0);
}

/** YYYY-MM-DD of the last day of a month. */
export function lastDayIso(month: Month): string {
  return new Date(lastDayMs(month)).toISOString().slice(0, 10);
}

function two(value: number): string {
  if (!Number.isInteger(value) || value < 0 || value > 99) throw new RangeError(`${value} is not two digits`);
  return String(value).padStart(2, '0');
}
