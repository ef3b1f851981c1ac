/** Names and numbers in the form that they are compared in, and text that is not taken. */
import { expect, test } from 'vitest';
import { readCitizenNumber } from '../../../../hotel/matching/citizen-number.ts';
import { Matcher, matchDigests } from '../../../../hotel/matching/match.ts';
import { normalName, normalNumber } from '../../../../hotel/matching/normal-form.ts';
import { nameFault, PLAIN_TEXT_PATTERN, shownText } from '../../../../hotel/matching/plain-text.ts';
import { comparableName, comparableNumber } from '../../../../platform/holders/comparable.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';

const SAME = [
  ['王小明', ' 王 小明 '],
  ['买买提·吐尔逊', '买买提•吐尔逊'],
  ['ANNA MARIA SMITH', 'Smith, Anna-Maria'],
  ["Sean O'Brien", 'O’BRIEN SEAN'],
  ['Ｌｉ Ｎａ', 'na li'],
  ['Weiß Jürgen', 'JÜRGEN WEISS'],
  ['A​nna', 'Anna'],
] as const;
test.each(SAME)('%s is %s', (one, other) => {
  expect(normalName(one)).toBe(normalName(other));
});

const DIFFERENT = [
  ['王小明', 'WANG XIAOMING'],
  ['Müller', 'Mueller'],
  ['Anna', 'Аnna'],
  ['小明王', '王小明'],
] as const;
test.each(DIFFERENT)('%s is not %s: nothing is guessed', (one, other) => {
  expect(normalName(one)).not.toBe(normalName(other));
});

test('the reference platform, which shares no code, reads the same rule', () => {
  for (const name of [...SAME, ...DIFFERENT].flat()) expect(normalName(name)).toBe(comparableName(name));
  for (const number of ['500101 19900307 123x', 'e-1234.5678', 'Ｈ1234／5']) {
    expect(normalNumber(number)).toBe(comparableNumber(number));
  }
});

test.each([
  ['a direction override', 'Anna ‮htimS'],
  ['a zero-width blank', 'An​na'],
  ['letters of two alphabets', 'Аnna'],
  ['a control', 'Anna\u0007'],
  ['blanks alone', '   '],
  ['digits alone', '1234'],
])('a name with %s is not taken', (_, name) => {
  expect(nameFault(name)).not.toBeNull();
});

test.each(['王小明', 'Søren Åkesson', 'Иван Петров', 'محمد علي', 'Nguyễn Văn A', "D'Arcy"])(
  '%s is taken, by the schema too',
  (name) => {
    expect(nameFault(name)).toBeNull();
    expect(new RegExp(PLAIN_TEXT_PATTERN, 'u').test(name)).toBe(true);
  },
);

test('what a credential says is shown without what cannot be seen', () => {
  expect(shownText('An​na ‮Smith\n')).toBe('Anna Smith');
  expect(new RegExp(PLAIN_TEXT_PATTERN, 'u').test('Anna ‮')).toBe(false);
});

test('a citizen number says birth date and sex, and one wrong digit is found', () => {
  expect(readCitizenNumber('11010519491231002X')).toEqual({ birthDate: '1949-12-31', sex: 'female' });
  expect(readCitizenNumber('110105194912310021')).toBeNull();
  expect(readCitizenNumber('11010519490231002X')).toBeNull();
});

test('signed claims are compared here, and only what they do not say is asked for', async () => {
  const asked: unknown[] = [];
  const key = Buffer.alloc(32, 1);
  const matcher = new Matcher({
    profile: TEST_PROFILE,
    key,
    core: {
      async match(_, digests) {
        asked.push(digests);
        return { kind: 'match', name: 'no', documentNumber: 'yes', source: 'list', ageMs: 7 };
      },
    },
  });
  const disclosed = { family_name: 'Smith', given_name: 'Anna', document_number: 'E 1234' };
  expect(await matcher.match({ full_name: 'anna smith', document_number: 'e1234' }, disclosed, 'r')).toEqual({
    ...{ name: 'yes', documentNumber: 'yes', source: 'signed', ageMs: 0 },
  });
  expect(asked).toEqual([]);
  const given = { full_name: 'Anna Smith', document_number: 'E1234' };
  const { document_number: _, ...nameAlone } = disclosed;
  expect(await matcher.match(given, nameAlone, 'r')).toMatchObject({ name: 'yes', documentNumber: 'yes' });
  expect(asked).toEqual([matchDigests(key, given, TEST_PROFILE)]);
  expect(await matcher.match(given, null, null)).toMatchObject({ name: 'unknown', source: 'none' });
});
