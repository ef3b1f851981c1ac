/** Days as hotels count them: by the clock on the wall of the machine's time zone. */

/** YYYY-MM-DD. */
export function localDay(ms: number): string {
  const date = new Date(ms);
  return new Date(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())).toISOString().slice(0, 10);
}

/** YYYY-MM-DD, so many days later. */
export function daysLater(day: string, days: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(Date.UTC(year, month - 1, date + days)).toISOString().slice(0, 10);
}
