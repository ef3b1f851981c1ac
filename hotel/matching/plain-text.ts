/**
 * Text that people typed or scanned, before it is kept or compared. What makes one text look like another is refused where it was
 * typed: controls, zero-width characters, direction overrides (Unicode UTS 39, UAX 9), and names of mixed alphabets.
 */

/** Of JSON Schema. Controls, soft hyphen, zero-width and direction characters, line separators, byte order marks, halves of pairs. */
export const PLAIN_TEXT_PATTERN =
  '^[^\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\uffff]*$';

const HIDDEN = /\p{Cc}|\p{Cf}|\p{Co}|\p{Cn}|\p{Cs}|\p{Zl}|\p{Zp}/u;
const ALPHABETS = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
] as const;

/** Why a text cannot be taken; null: it can. */
export function textFault(text: string): string | null {
  if (HIDDEN.test(text)) {
    return 'it has characters that cannot be seen, or that turn the direction of reading: type it anew';
  }
  if (text.trim() === '') return 'it is blank';
  return null;
}

/** As `textFault`; and letters of alphabets that look alike do not stand in one name. */
export function nameFault(text: string): string | null {
  const fault = textFault(text);
  if (fault !== null) return fault;
  const alphabets = ALPHABETS.filter((alphabet) => alphabet.test(text.normalize('NFKC')));
  if (alphabets.length > 1) return 'it mixes letters of alphabets that look alike: type it in one alphabet';
  return /[\p{L}]/u.test(text) ? null : 'it has no letter';
}

/** What a credential says, to be shown: without what cannot be seen. */
export function shownText(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, '')
    .trim();
}
