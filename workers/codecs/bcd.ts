/** Binary-coded decimal: packed digits, and the month and day fields of certificates and cards. */

/** The number a BCD byte stands for, or -1. */
export function bcdByte(byte: number): number {
  const high = byte >> 4;
  const low = byte & 15;
  return high > 9 || low > 9 ? -1 : high * 10 + low;
}

/**
 * Last millisecond of the month in a two-byte MMYY field (EMV Book 2, table 13 "Certificate Expiration Date";
 * JT/T 1179 uses the same), or null when it is not a month. Years are 2000 to 2099.
 */
export function endOfMonthMs(bytes: Uint8Array, offset: number): number | null {
  const month = bcdByte(bytes[offset] ?? 0xff);
  const year = bcdByte(bytes[offset + 1] ?? 0xff);
  if (month < 1 || month > 12 || year < 0) return null;
  return Date.UTC(2000 + year, month, 1) - 1;
}

/** First millisecond of the day in a three-byte YYMMDD field (EMV tags 5F24, 5F25), or null when it is no day. */
export function dayStartMs(bytes: Uint8Array): number | null {
  if (bytes.length !== 3) return null;
  const [yy, month, day] = [bcdByte(bytes[0] ?? 0xff), bcdByte(bytes[1] ?? 0xff), bcdByte(bytes[2] ?? 0xff)];
  if (yy < 0 || month < 1 || month > 12 || day < 1) return null;
  // EMV Book 4, clause 6.7.3: years 50 to 99 are of the twentieth century.
  const ms = Date.UTC((yy >= 50 ? 1900 : 2000) + yy, month - 1, day);
  return new Date(ms).getUTCDate() === day ? ms : null;
}
