/** Citizen numbers, GB 11643-1999: six digits of a division, birth date, three of sequence, a check character (ISO 7064 MOD 11-2). */

const FORM = /^[1-9]\d{5}(?:18|19|20)\d{9}[\dX]$/;

export interface CitizenNumber {
  /** YYYY-MM-DD. */
  readonly birthDate: string;
  readonly sex: 'male' | 'female';
}

/** `number`: in normal form. Null: it is none. */
export function readCitizenNumber(number: string): CitizenNumber | null {
  if (!FORM.test(number) || checkCharacter(number) !== number.at(-1)) return null;
  const birthDate = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
  if (!isDay(birthDate)) return null;
  return { birthDate, sex: Number(number[16]) % 2 === 1 ? 'male' : 'female' };
}

/** Whether a text such as 2026-11-30 is a day of the calendar. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 10) === text;
}

/** Clause 5: weights are powers of two modulo 11. */
function checkCharacter(number: string): string {
  const sum = [...number.slice(0, 17)].reduce(
    (total, digit, i) => total + Number(digit) * (2 ** (17 - i) % 11),
    0,
  );
  return '10X98765432'[sum % 11] ?? '';
}
