/** Who holds card number `index` of a city, made up from the seed: what credentials about a person say. */
import { seededInteger } from '../seed.ts';

export interface CardPerson {
  readonly familyName: string;
  readonly givenName: string;
  /** YYYY-MM-DD. */
  readonly birthDate: string;
  readonly sex: 'male' | 'female';
  /** In Chinese characters; null: whoever comes from elsewhere has none. */
  readonly nativeName: string | null;
  /** Resident identity card (GB 11643) where there is a native name, else passport. */
  readonly documentKind: 'id_card' | 'passport';
  readonly documentNumber: string;
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
/** By place in FAMILY_NAMES; those that come after have none. */
const NATIVE_FAMILY_NAMES = ['王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴'];
/** By place in GIVEN_NAMES. */
const NATIVE_GIVEN_NAMES = [
  ...['敏', '杰', '燕', '磊', '娜', '涛', '芳', '浩', '娟', '波'],
  ...['安娜', '路加', '佳娜'],
];
/** Divisions of the city, GB/T 2260. */
const DIVISIONS = ['500103', '500104', '500105', '500106', '500107', '500108', '500112', '500113'];
const DAY_MS = 86_400_000;
const FIRST_BIRTH_MS = Date.UTC(1940, 0, 1);
const BIRTH_DAYS = 24_000;

export function cardPerson(seed: string, index: number): CardPerson {
  const draw = (label: string, below: number) => seededInteger(seed, `person ${label}`, index, below);
  const born = new Date(FIRST_BIRTH_MS + draw('birth', BIRTH_DAYS) * DAY_MS);
  const [family, given] = [draw('family', FAMILY_NAMES.length), draw('given', GIVEN_NAMES.length)];
  const nativeFamily = NATIVE_FAMILY_NAMES[family];
  const birthDate = born.toISOString().slice(0, 10);
  const sex: CardPerson['sex'] = draw('sex', 2) === 0 ? 'male' : 'female';
  const person = {
    familyName: FAMILY_NAMES[family] ?? '',
    givenName: GIVEN_NAMES[given] ?? '',
    ...{ birthDate, sex },
  };
  if (nativeFamily === undefined) {
    const number = `E${String(draw('passport', 100_000_000)).padStart(8, '0')}`;
    return { ...person, nativeName: null, documentKind: 'passport', documentNumber: number };
  }
  // Clause 4.3: the sequence is odd for men.
  const sequence = draw('sequence', 499) * 2 + (sex === 'male' ? 1 : 2);
  const body = `${DIVISIONS[draw('division', DIVISIONS.length)] ?? ''}${birthDate.replaceAll('-', '')}${String(sequence).padStart(3, '0')}`;
  return {
    ...person,
    nativeName: nativeFamily + (NATIVE_GIVEN_NAMES[given] ?? ''),
    documentKind: 'id_card',
    documentNumber: body + citizenCheck(body),
  };
}

/** Every name that the person is registered under: in Chinese characters, and as a passport has it. */
export function registeredNames({ nativeName, givenName, familyName }: CardPerson): readonly string[] {
  const latin = `${givenName} ${familyName}`;
  return nativeName === null ? [latin] : [nativeName, latin];
}

/** ISO 7064 MOD 11-2 (GB 11643-1999, clause 5), by Horner's rule. */
function citizenCheck(digits: string): string {
  let rest = 0;
  for (const digit of digits) rest = ((rest + Number(digit)) * 2) % 11;
  const check = (12 - rest) % 11;
  return check === 10 ? 'X' : String(check);
}
