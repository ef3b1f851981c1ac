/** Uses name clauses that there are, and say of themselves what those clauses are about. */
import { describe, expect, test } from 'vitest';
import { clausesIn } from '../../../crypto/assessment/clause.ts';
import { LEVEL_3, LEVEL_3_CLAUSES } from '../../../crypto/assessment/gbt-39786.ts';
import type { Said, Use } from '../../../crypto/uses/use.ts';
import { USES } from '../../../crypto/uses.ts';
import { FAMILIES } from '../../../workers/families/table.ts';

const uses = Object.entries<Use>(USES);

test('clauses of level 3 are all there, in the order of the standard', () => {
  expect(LEVEL_3.map(({ clause, clauses }) => [clause, clauses.length])).toEqual([
    ['8.1', 5],
    ['8.2', 7],
    ['8.3', 8],
    ['8.4', 10],
    ['8.5', 6],
    ['8.6', 5],
    ['8.7', 5],
    ['8.8', 3],
  ]);
  expect(LEVEL_3_CLAUSES.get('8.4 h)')?.title.zh).toBe('不可否认性');
});

test('clauses are read out of a use', () => {
  expect(clausesIn('8.4 e), g)')).toEqual(['8.4 e)', '8.4 g)']);
  expect(clausesIn('8.2 a), b), 8.4 f)')).toEqual(['8.2 a)', '8.2 b)', '8.4 f)']);
});

describe.each(uses)('%s', (_name, use) => {
  test('names clauses that there are', () => {
    expect(clausesIn(use.clause).filter((each) => !LEVEL_3_CLAUSES.has(each))).toEqual([]);
  });

  test('has the property that each of its clauses asks', () => {
    const asked: Readonly<Record<string, Use['properties'][number]>> = {
      '8.2 a)': 'authenticity',
      '8.2 b)': 'integrity',
      '8.2 c)': 'confidentiality',
      '8.3 a)': 'authenticity',
      '8.3 e)': 'integrity',
      '8.4 a)': 'authenticity',
      '8.4 b)': 'integrity',
      '8.4 d)': 'confidentiality',
      '8.4 e)': 'confidentiality',
      '8.4 f)': 'integrity',
      '8.4 g)': 'integrity',
      '8.4 h)': 'non-repudiation',
    };
    for (const clause of clausesIn(use.clause)) {
      const property = asked[clause];
      if (property !== undefined) expect(use.properties, clause).toContain(property);
    }
  });

  test('is of the layer of its first clause', () => {
    const layers = ['physical', 'network', 'device', 'application'] as const;
    expect(layers[Number(use.clause[2]) - 1]).toBe(use.layer);
  });

  test('says everything in both languages', () => {
    const said: Said[] = [
      use.what,
      ...(use.key ? Object.values(use.key) : []),
      ...('why' in use ? [use.why] : []),
    ];
    for (const { en, zh } of said) {
      expect(en).toMatch(/[a-z]/i);
      expect(zh).toMatch(/[\u4e00-\u9fff]/);
    }
  });
});

test('whatever can be presented has a row', () => {
  const shown = FAMILIES.filter(({ presentable }) => presentable).map(({ name }) => `credential-${name}`);
  const named = uses.map(([name]) => name).filter((name) => name.startsWith('credential-'));
  expect(named.sort()).toEqual(shown.sort());
});
