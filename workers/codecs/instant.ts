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
