/** Dates and digits as certificates and cards write them. */

/** Last millisecond of a month MMYY in BCD; NaN when it is none. */
export function endOfMonthMs(field: Buffer): number {
  const text = field.toString('hex');
  const month = Number(text.slice(0, 2));
  if (!/^\d{4}$/.test(text) || month < 1 || month > 12) return Number.NaN;
  return Date.UTC(2000 + Number(text.slice(2)), month, 1) - 1;
}

/** First millisecond of a day YYMMDD in BCD; NaN when it is none. */
export function dayStartMs(field: Buffer): number {
  const text = field.toString('hex');
  if (!/^\d{6}$/.test(text)) return Number.NaN;
  return Date.parse(`20${text.slice(0, 2)}-${text.slice(2, 4)}-${text.slice(4)}T00:00:00Z`);
}

/** Digits padded with F on the right; empty when anything else is there. */
export function paddedDigits(field: Buffer): string {
  return /^(\d+)f*$/.exec(field.toString('hex'))?.[1] ?? '';
}
