/** Pages whose tables name a test in each row: docs/threats.md and docs/trust-table.md. Every one of them is there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const QUOTES = ["'", '"', '`'];

/** Of `npm test`, `test:cluster`, `test:hostile`, `test:package`, `test:image` and `test:k8s`. */
const ENDINGS = ['test', 'cluster', 'hostile', 'package', 'image', 'k8s'];

const PAGES = [
  { page: 'trust-table.md', cells: 6, rowsMin: 19 },
  { page: 'threats.md', cells: 3, rowsMin: 140 },
];

/** First and last cell of each row of the page's tables that have so many cells. */
function rowsOf(page: string, cells: number): (readonly [what: string, named: string])[] {
  return readFileSync(join(ROOT, 'docs', page), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
    .filter((row) => row.length === cells && row.at(-1) !== 'test')
    .map((row) => [row[0] ?? '', row.at(-1) ?? '']);
}

describe.each(PAGES)('docs/$page', ({ page, cells, rowsMin }) => {
  const rows = rowsOf(page, cells);

  test('has its rows', () => {
    expect(rows.length).toBeGreaterThanOrEqual(rowsMin);
  });

  test.each(rows)('%s', (_, named) => {
    const [, path = '', title = ''] = /^`(test\/[a-z/-]+)`: (.+)$/.exec(named) ?? [];
    const file = ENDINGS.map((ending) => join(ROOT, `${path}.${ending}.ts`)).find((each) => existsSync(each));
    if (file === undefined) throw new Error(`there is no ${path}`);
    const source = readFileSync(file, 'utf8');
    // A title that the test makes of parts is named up to them.
    const isThere = (quote: string) =>
      source.includes(`${quote}${title}${quote}`) || source.includes(`${quote}${title} (`);
    expect(QUOTES.some(isThere), title).toBe(true);
  });
});
