/** The report of a run: what it says, that it says it plainly, and that it opens anywhere. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { compareRuns, compareSamples } from '../../bench/report/compare.ts';
import { resultPage } from '../../bench/report/html.ts';
import { parseResult, ResultError, type RunResult } from '../../bench/report/result.ts';
import { comparisonTable, resultTable } from '../../bench/report/table.ts';
import { mainPhase } from '../../bench/report/tables.ts';
import { seededInteger } from '../../platform/seed.ts';
import { hasBrowser, openBrowser } from './browser.ts';
import { sampleResult } from './sample-result.ts';

const folder = mkdtempSync(join(tmpdir(), 'onecard-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const noisy = (label: string, around: number, count: number) =>
  Array.from({ length: count }, (_, i) => around * (0.9 + seededInteger('noise', label, i, 200) / 1_000));

describe('comparison', () => {
  test.each([
    ['p99_ms', 10, 13, 'slower'],
    ['p99_ms', 10, 7, 'faster'],
    ['answered_per_s', 20_000, 24_000, 'faster'],
    ['answered_per_s', 20_000, 16_000, 'slower'],
    ['p99_ms', 10, 10, 'no difference seen'],
  ] as const)('%s of %d, then %d: %s', (sample, before, after, verdict) => {
    const told = compareSamples(sample, noisy('before', before, 40), noisy('after', after, 40));
    expect(told.verdict).toBe(verdict);
    expect(told.low).toBeLessThanOrEqual(told.ratio);
    expect(told.high).toBeGreaterThanOrEqual(told.ratio);
  });

  test('a sure difference that is too small to matter is no difference', () => {
    const steady = (value: number) => Array.from({ length: 40 }, (_, i) => value + (i % 2) / 1_000);
    expect(compareSamples('p50_ms', steady(10), steady(10.1)).verdict).toBe('no difference seen');
  });

  test('five seconds are too few to tell', () => {
    expect(compareSamples('p50_ms', noisy('a', 1, 5), noisy('b', 9, 40)).verdict).toBe('too few samples');
  });

  test('the same two runs always give the same words', () => {
    const [baseline, now] = [sampleResult({ seed: 'a' }), sampleResult({ seed: 'b' })];
    expect(compareRuns(baseline, now)).toEqual(compareRuns(baseline, now));
  });

  test('a slower gateway is reported slower, in latency and in words', () => {
    const told = compareRuns(sampleResult(), sampleResult({ slower: 1.4 }));
    expect(told.comparisons.map(({ sample, verdict }) => [sample, verdict])).toEqual([
      ['p50_ms', 'slower'],
      ['p99_ms', 'slower'],
      ['answered_per_s', 'no difference seen'],
    ]);
    expect(comparisonTable(told)).toContain('slower');
  });

  test('cautions: other machine, options, engine; and other answers to the same taps', () => {
    const baseline = sampleResult();
    expect(compareRuns(baseline, baseline).cautions).toEqual([]);
    const elsewhere = { ...baseline, engine: 'scalar', options: { ...baseline.options, rate: 1 } };
    expect(compareRuns(baseline, elsewhere).cautions).toEqual([
      'engine: ifma8 then, scalar now',
      'option rate: 5000 then, 1 now',
    ]);
    const otherwise = { ...baseline, decisions_sha256: 'cd'.repeat(32) };
    expect(compareRuns(baseline, otherwise).cautions).toEqual([
      expect.stringContaining('answered differently'),
    ]);
  });
});

describe('what a run leaves', () => {
  test('is read back as it was written', () => {
    const result = sampleResult();
    expect(parseResult(JSON.parse(JSON.stringify(result)))).toEqual(result);
  });

  test.each([
    ['nothing', null],
    ['another version', { ...sampleResult(), v: 2 }],
    ['a negative count', { ...sampleResult(), phases: [{ ...sampleResult().phases[0], unsent: -1 }] }],
  ])('%s is no result', (_, value) => {
    expect(() => parseResult(value)).toThrow(ResultError);
  });

  test('the table shows losses, codes and warnings', () => {
    const table = resultTable({ ...sampleResult(), warnings: ['the generator was busy'] });
    expect(table).toContain('deny.status_lost');
    expect(table).toContain('the generator was busy');
    expect(table).toContain('from failure to mode lists');
  });
});

describe('what a profile adds', () => {
  const added: RunResult = {
    ...sampleResult(),
    headline: { name: 'capacity', value: 21_000, unit: 'taps/s' },
    main_phase: 1,
    statements: [
      { statement: 'It held', holds: true, seen: 'all of it' },
      { statement: 'It <did not>', holds: false, seen: '3 of 4' },
    ],
    tables: [
      { title: 'Rates tried', about: 'One by one.', columns: ['step', 'p99 ms'], rows: [['up', 12.5]] },
    ],
  };
  const phases = added.phases.map((phase) => ({ ...phase, us_per_tap: { main: 30, proving: 10 } }));

  test('is read back, and shown by table and page', () => {
    const result = { ...added, phases };
    expect(parseResult(JSON.parse(JSON.stringify(result)))).toEqual(result);
    const [table, page] = [resultTable(result), resultPage(result)];
    for (const text of ['Rates tried', '12.5', 'Where the time of a tap goes', 'proving', '75']) {
      expect(table).toContain(text);
      expect(page).toContain(text);
    }
    expect(table).toContain('It <did not>');
    expect(page).toMatch(/<li class="bad"><strong>Does not hold<\/strong> It &lt;did not&gt;<span>3 of 4/);
    expect(page).toContain('<b>21,000</b><span>taps/s: capacity');
  });

  test('the headline phase is the one named, else the one with most taps', () => {
    expect(mainPhase(added)?.name).toBe('during');
    const [first, second, third] = added.phases.map((phase, i) => ({
      ...phase,
      intended: [1, 2, 9][i] ?? 0,
    }));
    if (!first || !second || !third) throw new RangeError('the sample has three phases');
    expect(mainPhase({ ...sampleResult(), phases: [first, third, second] })?.name).toBe('after');
    expect(mainPhase({ ...sampleResult(), phases: [] })).toBeNull();
  });

  test('threads are not told where they were not measured', () => {
    expect(resultTable(added)).not.toContain('Where the time of a tap goes');
  });
});

describe('the page', () => {
  const page = resultPage(sampleResult(), compareRuns(sampleResult(), sampleResult({ slower: 1.4 })));

  test('asks nothing of any network, and shows text as text', () => {
    const loads = /(?:src|href)\s*=\s*"(?!data:,)|@import|url\(/;
    expect(page).not.toMatch(loads);
    expect(page).toContain('A processor &lt;of&gt; 2 cores');
    const sly = resultPage({ ...sampleResult(), title: '</script><script>alert(1)</script>' });
    expect(sly).not.toContain('<script>alert');
  });

  test.skipIf(!hasBrowser)(
    'draws five charts in a browser, at desktop and phone width, without a fault',
    async () => {
      const file = join(folder, 'report.html');
      writeFileSync(file, page);
      const browser = await openBrowser();
      try {
        for (const [width, colorScheme] of [
          [1280, 'light'],
          [390, 'dark'],
        ] as const) {
          const tab = await browser.newPage({ viewport: { width, height: 844 }, colorScheme });
          const faults: string[] = [];
          tab.on('pageerror', (error) => faults.push(error.message));
          tab.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
          await tab.goto(pathToFileURL(file).href);
          expect(await tab.locator('.uplot canvas').count()).toBe(5);
          // Wide tables scroll inside their own box: the page itself never does.
          expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
          expect(faults).toEqual([]);
          await tab.close();
        }
      } finally {
        await browser.close();
      }
    },
  );
});
