/** docs/trust-table.md: each row names a test that is there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const CELLS = 6;

const rows = readFileSync(join(ROOT, 'docs/trust-table.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
  .filter((cells) => cells.length === CELLS && cells[0] !== 'what');

test('has a row for each thing that is believed', () => {
  expect(rows.length).toBeGreaterThanOrEqual(19);
});

test.each(rows.map((cells) => [cells[0] ?? '', cells.at(-1) ?? ''] as const))('%s', (_, named) => {
  const [, path = '', title = ''] = /^`(test\/[a-z/-]+)`: (.+)$/.exec(named) ?? [];
  const file = join(ROOT, `${path}.test.ts`);
  expect(existsSync(file), file).toBe(true);
  expect(readFileSync(file, 'utf8').includes(`'${title}'`), title).toBe(true);
});
