/** Moments in JWTs (NumericDate, RFC 7519 clause 2). */

/** The last moment that has a date (ECMA-262, clause 21.4.1.1), seconds. */
const SECONDS_MAX = 8.64e12;

/** Milliseconds since 1970 UTC of seconds, fractions rounded down; null: no moment. */
export function momentMs(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 && value <= SECONDS_MAX ? Math.floor(value * 1000) : null;
}
