/** What the corpus pins of the server library, and what SECURITY.md says of it, by the same names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Attack, ofLibrary, unseen } from './framing-corpus.rig.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../SECURITY.md'), 'utf8');
const SECTION = PAGE.slice(PAGE.indexOf('## HTTP framing'));

/** First and further cells of the rows of the table whose head begins with `column`. */
function rowsOf(column: string): string[][] {
  const table = SECTION.slice(SECTION.indexOf(`| ${column} |`)).split('\n\n')[0] ?? '';
  return table
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

const names = (attacks: readonly Attack[]) => attacks.map(({ name }) => name).sort();

test('SECURITY.md lists what the corpus pins, by the same names', () => {
  const taken = rowsOf('what the library takes');
  expect(taken.map(([name]) => name).sort()).toEqual(names(unseen('')));
  const byAnswer = new Map(
    rowsOf('what the library answers').map(([answer = '', listed = '']) => [
      answer,
      listed.split('; ').sort(),
    ]),
  );
  const answers = Map.groupBy(ofLibrary(''), ({ outcome }) =>
    outcome.by === 'library' ? `${outcome.status} in HTML` : 'nothing, for 10 s',
  );
  expect(byAnswer).toEqual(new Map([...answers].map(([answer, attacks]) => [answer, names(attacks)])));
});
