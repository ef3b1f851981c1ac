/** Compressed numeric (cn) fields: decimal digits from the left, filled up with F (EMV Book 3, clause 4.3). */
import { toHex } from './hex.ts';

/** The digits, or null when anything but digits followed by F's is there. May be empty. */
export function compressedNumeric(bytes: Uint8Array): string | null {
  const text = toHex(bytes);
  let digits = 0;
  while (digits < text.length && text.charCodeAt(digits) <= NINE) digits += 1;
  for (let at = digits; at < text.length; at++) if (text[at] !== 'f') return null;
  return digits === text.length ? text : text.slice(0, digits);
}
const NINE = 0x39;

/** Digits of track-2 data before its separator D (EMV tag 57, ISO/IEC 7813), or null when there is no separator. */
export function track2CardNumber(bytes: Uint8Array): string | null {
  return /^([0-9]+)d/.exec(toHex(bytes))?.[1] ?? null;
}
