/** The employer's list: read strictly, and its faults say where, never what stands there. */
import { expect, test } from 'vitest';
import { NamesError, parseNames } from '../../../reports/names.ts';

test('cards as people write them', () => {
  const names = parseNames(
    '\uFEFFcard,name\r\n6217 0012-3456 7890,"Li, Wei"\r\n\r\n62170099887766AB,王芳\r\n',
    'crew.csv',
  );
  expect([...names]).toEqual([
    ['6217001234567890', 'Li, Wei'],
    ['62170099887766ab', '王芳'],
  ]);
});

test.each<[string, string, RegExp]>([
  ['another head', 'name,card\n', /^crew\.csv:1:1: the first line must be card,name$/],
  ['nothing at all', '', /:1:1: the first line/],
  ['a third field', 'card,name\n6217001234567890,Li,Wei\n', /:2:1: a line is a card and a name: put/],
  ['no card', 'card,name\nSECRET99,x\n', /:2:1: a card number or an account has 8 to 32 digits$/],
  ['a card twice', 'card,name\n62170012,SECRET\n6217 0012,b\n', /:3:1: this card is there twice/],
  ['no name', 'card,name\n62170012,\n', /:2:10: a name has 1 to 64 characters/],
  ['a name that rings', 'card,name\n62170012,SECRET\u0007\n', /:2:10: a name has 1 to 64/],
  ['an open quote', 'card,name\n62170012,"SECRET\n', /:2:10: the quote of this field is never closed$/],
  ['a quote inside', 'card,name\n62170012,SEC"RET\n', /:2:13: a quote inside a field/],
  ['text behind a quote', 'card,name\n62170012,"SEC"RET\n', /:2:15: behind a closing quote/],
])('%s', (_what, text, message) => {
  const read = () => parseNames(text, 'crew.csv');
  expect(read).toThrow(NamesError);
  expect(read).toThrow(message);
  expect(read).not.toThrow(/SECRET|SEC/);
});
