/** The text of a QR code of a SMART Health Card: `shc:/`, and a compact JWS whose characters are written as two digits each. */
import type { Code } from '../../../config/codes.ts';

export const PREFIX = 'shc:/';
/** Of the text of one QR code at version 22: a JWS of 1,195 characters. Longer ones come from larger codes. */
export const QR_CHARACTERS_MAX = 2_395;
/** Of any text. */
export const TEXT_CHARACTERS_MAX = 8_192;
/** `shc:/1/3/…`, one of several codes that carry one card; deprecated, and never a card of its own. */
const CHUNK = /^shc:\/[0-9]{1,4}\/[0-9]{1,4}\//;

/** What two digits stand for is the code of a character less that of `-`, the lowest of base64url. */
const LOWEST = 0x2d;
/** Of two digits as characters, ten times the first and the second: how much more than the number they spell. */
const DIGITS_0 = 0x30 * 10 + 0x30;
/** The two digits of `z`, the highest. */
const PAIR_MAX = 77;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** The JWS; its characters are still any between `-` and `z`. Never throws for any text. */
export function readNumeric(text: string): { readonly jws: string } | Code {
  if (text.length > TEXT_CHARACTERS_MAX) return 'credential.oversized';
  if (!text.startsWith(PREFIX)) return 'credential.malformed';
  if (CHUNK.test(text)) return 'credential.chunked';
  const digits = text.length - PREFIX.length;
  if (digits === 0 || digits % 2 === 1) return 'credential.truncated';
  // A character above 255 would lose its upper bits as Latin-1; in UTF-8 it takes more bytes than one.
  if (shown.write(text) !== text.length) return 'credential.encoding';
  const length = digits / 2;
  for (let i = 0, at = PREFIX.length; i < length; i += 1, at += 2) {
    const tens = shown[at] as number;
    const ones = shown[at + 1] as number;
    const pair = tens * 10 + ones - DIGITS_0;
    // Of the first digit the bounds of the pair say all but that it may be too low, as the character before 0 is.
    if (tens < DIGIT_0 || ones < DIGIT_0 || ones > DIGIT_9 || pair > PAIR_MAX) return 'credential.encoding';
    read[i] = pair + LOWEST;
  }
  return { jws: read.toString('latin1', 0, length) };
}

/** Of one text after the other: what is read leaves as a string. In UTF-8 a character has at most three bytes. */
const shown = Buffer.allocUnsafeSlow(TEXT_CHARACTERS_MAX * 3);
const read = Buffer.allocUnsafeSlow(TEXT_CHARACTERS_MAX / 2);
