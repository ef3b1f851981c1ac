/** The desk and the platform share no code: what they compare by hashes must come out alike all the same. */
import { expect, test } from 'vitest';
import { normalName, normalNumber } from '../../../hotel/matching/normal-form.ts';
import { comparableName, comparableNumber } from '../../../platform/holders/comparable.ts';

const NAMES = [
  ...[
    '王敏',
    ' 王　敏 ',
    '阿卜杜拉·买买提',
    '欧阳 娜娜',
    'Min Wang',
    'WANG/MIN',
    'ｗａｎｇ　ｍｉｎ',
    '王 Min',
  ],
  ...[
    "O'Neil-Smith",
    'Müller Anna',
    'Mu\u0308ller',
    'straße',
    'wa\u200bng',
    'ﬁnn',
    'İpek',
    'Σίγμας',
    'Ǆ',
    '𠮷野',
    '',
  ],
  ...['José María  de-la Cruz', 'a.b.c', 'a，b、c', '〇〇', '🙂 Li', '\u202eimi', 'ʼApo', 'X Æ A-12', '  '],
];

test.each(NAMES)('the name %s', (name) => {
  expect(comparableName(name)).toBe(normalName(name));
});

test.each([' 500103 19491231-002x ', 'E 1234.5678', 'ab/12–34', '１２３Ｘ', '', 'H·12'])(
  'the number %s',
  (number) => {
    expect(comparableNumber(number)).toBe(normalNumber(number));
  },
);
