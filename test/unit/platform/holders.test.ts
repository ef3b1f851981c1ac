/** The people of the reference city as hotels ask for them: numbers that can be, names that compare, PINs with bounded attempts. */
import { expect, test } from 'vitest';
import { cardPerson, registeredNames } from '../../../platform/cards/person.ts';
import { cardPin } from '../../../platform/cards/pin.ts';
import { createCity } from '../../../platform/city.ts';
import { comparableName, comparableNumber } from '../../../platform/holders/comparable.ts';
import { HolderPins } from '../../../platform/holders/pins.ts';

const SEED = 'holders test';
const people = Array.from({ length: 400 }, (_, index) => cardPerson(SEED, index));

/** GB 11643-1999, clause 5: the sum over weights 2^(18-i) mod 11 leaves 1. */
function isCitizenNumber(number: string): boolean {
  const values = [...number].map((sign) => (sign === 'X' ? 10 : Number(sign)));
  return values.reduce((sum, value, i) => sum + value * (2 ** (17 - i) % 11), 0) % 11 === 1;
}

test('citizens have numbers with birth date, sex and check character; others have passports', () => {
  const citizens = people.filter(({ documentKind }) => documentKind === 'id_card');
  expect(citizens.length).toBeGreaterThan(200);
  expect(citizens.length).toBeLessThan(people.length);
  for (const { documentNumber, birthDate, sex, nativeName } of citizens) {
    expect(documentNumber).toMatch(/^5001\d{13}[\dX]$/);
    expect(isCitizenNumber(documentNumber)).toBe(true);
    expect(documentNumber.slice(6, 14)).toBe(birthDate.replaceAll('-', ''));
    expect(Number(documentNumber[16]) % 2 === 1).toBe(sex === 'male');
    expect(nativeName).toMatch(/^\p{Script=Han}{2,3}$/u);
  }
  const others = people.filter(({ documentKind }) => documentKind === 'passport');
  for (const { documentNumber, nativeName } of others) {
    expect([documentNumber.length, nativeName]).toEqual([9, null]);
  }
  expect(citizens.some(({ documentNumber }) => documentNumber.endsWith('X'))).toBe(true);
});

test.each([
  ['王敏', '王敏'],
  [' 王　敏 ', '王敏'],
  ['阿卜杜拉·买买提', '阿卜杜拉买买提'],
  ['Min Wang', 'MIN WANG'],
  ['WANG, min', 'MIN WANG'],
  ['ｗａｎｇ　ｍｉｎ', 'MIN WANG'],
  ["O'Neil-Smith", 'ONEIL SMITH'],
  ['Müller Anna', 'ANNA MÜLLER'],
  ['straße', 'STRASSE'],
  ['wa\u200bng', 'WANG'],
])('the name %s compares as %s', (name, comparable) => {
  expect(comparableName(name)).toBe(comparable);
});

test('a number compares without what is put between its parts', () => {
  expect(comparableNumber(' 500103 19491231-002x ')).toBe('50010319491231002X');
});

test('a person is registered in Chinese and as the passport has it', () => {
  const citizen = people.find(({ nativeName }) => nativeName !== null);
  expect(citizen && registeredNames(citizen)).toEqual([
    citizen?.nativeName,
    `${citizen?.givenName} ${citizen?.familyName}`,
  ]);
});

test('wrong PINs of one card are delayed, ever longer, never for good; another card is not', async () => {
  const city = createCity({ seed: SEED, cards: 20, rsaCardKeys: 1 });
  const pins = new HolderPins(city, null);
  let nowMs = 1_000;
  const ask = (index: number, pin: string) => {
    const { issuer, credentialId: credential } = city.credentialNames(city.identity(index)).chip;
    return pins.answer({ issuer, credential, pin }, () => nowMs);
  };
  const right = cardPin(city.seed, 0) ?? '';
  const wrong = right === '000000' ? '000001' : '000000';
  for (let i = 0; i < 5; i += 1) expect(await ask(0, wrong)).toEqual({ answer: 'no' });
  expect(await ask(0, right)).toEqual({ answer: 'later', retry_after_ms: 30_000 });
  expect(await ask(1, cardPin(city.seed, 1) ?? '')).toEqual({ answer: 'yes' });
  nowMs += 30_000;
  expect(await ask(0, wrong)).toEqual({ answer: 'no' });
  expect(await ask(0, wrong)).toEqual({ answer: 'later', retry_after_ms: 60_000 });
  nowMs += 60_000;
  expect(await ask(0, right)).toEqual({ answer: 'yes' });
  expect(await ask(0, wrong)).toEqual({ answer: 'no' });
  expect(await ask(7, right)).toEqual({ answer: 'none_set' });
  expect(await pins.answer({ issuer: 'none', credential: 'none', pin: right }, () => nowMs)).toEqual({
    answer: 'unknown',
  });
});
