/** Names and numbers as they are compared by keyed hashes (docs/platform.md, Matches): the issuer's own reading of that rule. */

const DROPPED = /^[\p{Cc}\p{Cf}'’‘ʼ`´·•‧・∙⋅﹒]$/u;
const PARTING = /^[\s\p{Z}\p{P}\p{S}]$/u;

export function comparableName(name: string): string {
  const letters = [...name.normalize('NFKC').toUpperCase().normalize('NFKC')];
  const words = [''];
  for (const letter of letters) {
    if (DROPPED.test(letter)) continue;
    if (PARTING.test(letter)) words.push('');
    else words[words.length - 1] += letter;
  }
  const said = words.filter((word) => word.length > 0);
  const isChinese = letters.some((letter) => /^\p{Script=Han}$/u.test(letter));
  return isChinese ? said.join('') : said.sort().join(' ');
}

export function comparableNumber(number: string): string {
  const kept = [...number.normalize('NFKC').toUpperCase()].filter(
    (sign) => !/^[\p{Cc}\p{Cf}\s\p{Z}\p{Pd}./·]$/u.test(sign),
  );
  return kept.join('');
}
