/** Who holds card number `index` of a city, made up from the seed: what credentials about a person say. */
import { seededInteger } from '../seed.ts';

export interface CardPerson {
  readonly familyName: string;
  readonly givenName: string;
  /** YYYY-MM-DD. */
  readonly birthDate: string;
  readonly sex: 'male' | 'female';
}

const FAMILY_NAMES = [
  'Wang',
  'Li',
  'Zhang',
  'Liu',
  'Chen',
  'Yang',
  'Zhao',
  'Huang',
  'Zhou',
  'Wu',
  'Müller',
  'Rossi',
  'Novák',
];
const GIVEN_NAMES = [
  'Min',
  'Jie',
  'Yan',
  'Lei',
  'Na',
  'Tao',
  'Fang',
  'Hao',
  'Juan',
  'Bo',
  'Anna',
  'Luca',
  'Jana',
];
const DAY_MS = 86_400_000;
const FIRST_BIRTH_MS = Date.UTC(1940, 0, 1);
const BIRTH_DAYS = 24_000;

export function cardPerson(seed: string, index: number): CardPerson {
  const draw = (label: string, below: number) => seededInteger(seed, `person ${label}`, index, below);
  const born = new Date(FIRST_BIRTH_MS + draw('birth', BIRTH_DAYS) * DAY_MS);
  return {
    familyName: FAMILY_NAMES[draw('family', FAMILY_NAMES.length)] ?? '',
    givenName: GIVEN_NAMES[draw('given', GIVEN_NAMES.length)] ?? '',
    birthDate: born.toISOString().slice(0, 10),
    sex: draw('sex', 2) === 0 ? 'male' : 'female',
  };
}
