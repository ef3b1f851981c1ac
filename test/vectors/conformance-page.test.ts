/** docs/conformance.md says what every suite gives, and why, for what this product disagrees with. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runSuite } from '../../cli/conformance/command.ts';
import { agrees } from '../../cli/conformance/suite.ts';
import { SUITES } from '../../cli/conformance/suites.ts';
import { vectorsFolder, vectorsPresent } from '../fixtures/vectors.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/conformance.md'), 'utf8');
const rows = PAGE.split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
const counts = new Map(
  rows.flatMap(([suite = '', ...numbers]) =>
    numbers.length === 4 && /^\d+$/.test(numbers[0] ?? '') ? [[suite, numbers.map(Number)] as const] : [],
  ),
);

test('every suite has its row, and every row its suite', () => {
  expect([...counts.keys()].toSorted()).toEqual(SUITES.map(({ name }) => `\`${name}\``).toSorted());
});

describe.skipIf(!vectorsPresent)('what comes out', () => {
  test.each(SUITES)('of $name', async (suite) => {
    const report = await runSuite(suite, vectorsFolder(suite.name));
    const { agreed, disagreed, unsupported, cases } = report;
    expect(counts.get(`\`${suite.name}\``)).toEqual([cases.length, agreed, disagreed, unsupported]);
    const meant = new Map<string, number>();
    for (const each of cases) {
      if (agrees(each) !== false) continue;
      meant.set(each.rule ?? 'no rule', (meant.get(each.rule ?? 'no rule') ?? 0) + 1);
    }
    const written = rows.filter(([, name]) => name === `\`${suite.name}\``);
    for (const [rule, count] of meant) {
      const row = written.find(([name]) => name === rule);
      expect(row?.[2], rule).toBe(String(count));
      expect(row?.[3]?.length, rule).toBeGreaterThan(40);
    }
    expect(written.length).toBe(meant.size);
  });
});
