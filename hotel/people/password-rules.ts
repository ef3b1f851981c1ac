/** What a password must be (NIST SP 800-63B-4 clause 3.1.1.2): long, not predictable; no rules of composition, no expiry. */
import { randomInt } from 'node:crypto';

export const PASSWORD_LENGTH_MIN = 15;
export const PASSWORD_LENGTH_MAX = 256;

const SHORTEST_DISTINCT = 5;
const ONE_TIME_GROUPS = 4;
const ONE_TIME_GROUP_LENGTH = 5;
/** Crockford's base 32: no letter that is taken for a figure. */
const ONE_TIME_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** As it is hashed: the same password typed on another keyboard is the same. */
export const normalPassword = (password: string): string => password.normalize('NFKC');

/** Why it cannot be taken, in words that name no part of it; null: it can. `known`: what everybody knows here. */
export function passwordFault(password: string, known: readonly string[]): string | null {
  const normal = normalPassword(password);
  const characters = [...normal];
  if (characters.length < PASSWORD_LENGTH_MIN) return `at least ${PASSWORD_LENGTH_MIN} characters`;
  if (characters.length > PASSWORD_LENGTH_MAX) return `at most ${PASSWORD_LENGTH_MAX} characters`;
  if (new Set(characters).size < SHORTEST_DISTINCT) return 'too few different characters';
  if (isRun(characters)) return 'characters that only follow each other';
  const left = known.reduce(
    (text, word) => (word === '' ? text : text.replaceAll(word, '')),
    normal.toLowerCase(),
  );
  return [...left].length * 2 < characters.length ? 'little more than names that everybody knows here' : null;
}

function isRun(characters: readonly string[]): boolean {
  const steps = new Set(
    characters.slice(1).map((each, at) => (each.codePointAt(0) ?? 0) - (characters[at]?.codePointAt(0) ?? 0)),
  );
  return steps.size === 1;
}

/** 100 bits, to be typed once. */
export function drawOneTimePassword(): string {
  const group = () =>
    Array.from(
      { length: ONE_TIME_GROUP_LENGTH },
      () => ONE_TIME_ALPHABET[randomInt(ONE_TIME_ALPHABET.length)],
    ).join('');
  return Array.from({ length: ONE_TIME_GROUPS }, group).join('-');
}
