/** The table of docs/offline.md names every test of this folder, and no other. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const PAGE = join(import.meta.dirname, '../../docs/offline.md');
const THIS = 'document.test.ts';
/** `test('…'` and what ends a `test.each([…])('…'`, at the beginning of a line. */
const TITLE = /^(?:test|\]\))\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gm;
const ROW = /^\| [^|]* \| [^|]* \| ((?:`[a-z-]+`(?:, )?)+): (.*) \|$/gm;

function written(): string[] {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts') && name !== THIS);
  return files.flatMap((name) => {
    const source = readFileSync(join(import.meta.dirname, name), 'utf8');
    const titles = [...source.matchAll(TITLE)].map(([, , title = '']) => title.replaceAll("\\'", "'"));
    return titles.map((title) => `${name.replace('.test.ts', '')}: ${title}`);
  });
}

function documented(): string[] {
  return [...readFileSync(PAGE, 'utf8').matchAll(ROW)].flatMap(([, files = '', title = '']) =>
    files.split(', ').map((file) => `${file.replaceAll('`', '')}: ${title}`),
  );
}

test('docs/offline.md names every test of an outage, and no test that is not there', () => {
  expect(written().length).toBeGreaterThan(25);
  expect(documented().sort()).toEqual(written().sort());
});
