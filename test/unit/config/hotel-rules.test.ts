/** Local rules of a hotel: what comes along is usable, and what is wrong is told with its place. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readRules, retentionDays } from '../../../config/hotel/read-rules.ts';

const folder = mkdtempSync(join(tmpdir(), 'onecard-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));
const shipped = readFileSync(join(import.meta.dirname, '../../../config/hotel/rules.yaml'), 'utf8');

function faultOf(from: string, to: string): string {
  if (!shipped.includes(from)) throw new Error('nothing is changed');
  const file = join(folder, 'rules.yaml');
  writeFileSync(file, shipped.replace(from, to));
  try {
    readRules(file);
  } catch (cause) {
    return (cause as Error).message;
  }
  return '';
}

test('the rules that come along are usable', () => {
  const { documents } = readRules();
  expect(documents.map(({ kind }) => kind)).toContain('household-book');
});

test.each([
  [
    'a misspelt name',
    'minors_only: true',
    'minor_only: true',
    /rules\.yaml:\d+:5: .*did you mean minors_only/,
  ],
  ['a wrong type', 'age_below: 18', 'age_below: old', /rules\.yaml:\d+:\d+: age_below must be/],
  ['a kind that is there twice', 'kind: temporary-id', 'kind: id-card', /id-card is there twice/],
  ['a family of no kind', 'mdoc: phone-document', 'mdoc: phone-dokument', /did you mean phone-document/],
  ['a tab', 'minors:\n  age', 'minors:\n\tage', /tab/],
])('%s is told with its place', (_, from, to, told) => {
  expect(faultOf(from, to)).toMatch(told);
});

test('the narrowest place decides how long stays are kept', () => {
  const rules = {
    ...readRules(),
    retention: [
      { place: '310000', days: 730 },
      { place: '310105', days: 365 },
    ],
  };
  expect(retentionDays(rules, '310105', 90)).toBe(365);
  expect(retentionDays(rules, '310101', 90)).toBe(730);
  expect(retentionDays(rules, '500101', 90)).toBe(90);
  expect(retentionDays(rules, undefined, 90)).toBe(90);
});
