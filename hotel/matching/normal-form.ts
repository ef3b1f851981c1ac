/**
 * Names and document numbers in the one form that they are compared and hashed in. The rule is the platform's too: whoever
 * changes it changes both.
 *
 * Names: NFKC, upper case (Unicode, no locale), NFKC again; characters that cannot be seen, apostrophes and dots between parts of
 * Chinese names are left out; blanks and other separators part the name into words. A name with Han characters keeps its order,
 * the words joined. Any other has its words sorted by UTF-16 code units, so that the order of family and given name is no matter,
 * and joined by one blank. Nothing is transliterated: pinyin is never guessed, and a diacritic is a difference.
 *
 * Numbers: NFKC, upper case, without blanks, hyphens, dots and strokes.
 */

const UNSEEN = /[\p{Cc}\p{Cf}]/gu;
/** Apostrophes, and what is put between the parts of a name that is written in Han characters. */
const WITHIN = /['’‘ʼ`´·•‧・∙⋅﹒]/gu;
const SEPARATORS = /[\s\p{Z}\p{P}\p{S}]+/u;
const HAN = /\p{Script=Han}/u;

/** Empty where nothing is left of it. */
export function normalName(name: string): string {
  const upper = name.normalize('NFKC').toUpperCase().normalize('NFKC');
  const words = upper
    .replace(UNSEEN, '')
    .replace(WITHIN, '')
    .split(SEPARATORS)
    .filter((word) => word !== '');
  return HAN.test(upper) ? words.join('') : words.sort().join(' ');
}

export function normalNumber(number: string): string {
  return number
    .normalize('NFKC')
    .toUpperCase()
    .replace(UNSEEN, '')
    .replace(/[\s\p{Z}\p{Pd}./·]+/gu, '');
}
