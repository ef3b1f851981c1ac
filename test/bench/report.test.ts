/** The report of a run: what it says, that it says it plainly, and that it opens anywhere. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { NONE, type Objective } from '../../bench/objective.ts';
import { compareRuns, compareSamples } from '../../bench/report/compare.ts';
import { resultPage } from '../../bench/report/html.ts';
import { resultJunit } from '../../bench/report/junit.ts';
import { latencyHistogram, latencyOf } from '../../bench/report/latency.ts';
import { resultMarkdown } from '../../bench/report/markdown.ts';
import { repeatCommand } from '../../bench/report/repeat.ts';
import { parseResult, ResultError, type RunResult } from '../../bench/report/result.ts';
import { comparisonTable, resultTable } from '../../bench/report/table.ts';
import { mainPhase } from '../../bench/report/tables.ts';
import { verdictOf } from '../../bench/report/verdict.ts';
import { seededInteger } from '../../platform/seed.ts';
import { hasBrowser, openBrowser } from '../browser/browser.rig.ts';
import { sampleResult } from './sample-result.rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'onecard-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const STRICT: Objective = { p99: { value: 100, unit: 'ms' }, refused: NONE, lost: NONE, wrong: NONE };
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

describe('refusals are not hidden', () => {
  const refusing = (): RunResult => {
    const sample = sampleResult();
    const phases = sample.phases.slice(0, 1).map((phase) => ({
      ...phase,
      ...{ intended: 24_887, sent: 24_887, answered: 24_887, unanswered: 0 },
      codes: { 'allow.good': 4_954, 'tap.queue_full': 19_000, 'tap.deadline_unreachable': 933 },
    }));
    const verdict = verdictOf(STRICT, { phases });
    return { ...sample, phases, verdict };
  };
  const firstLine = (text: string) => stripVTControlCharacters(text).split('\n')[0];

  test('19,933 of 24,887 taps refused: failed, in the first line of table, page, Markdown and JUnit', () => {
    const result = refusing();
    expect(result.verdict?.passed).toBe(false);
    const told = /✗ FAILED.*refused 19,933 of 24,887 taps, 80.1 %/;
    expect(firstLine(resultTable(result))).toMatch(told);
    expect(firstLine(resultMarkdown(result))).toMatch(/✗ FAILED.*refused 19,933 of 24,887 taps, 80.1 %/);
    expect(resultPage(result)).toMatch(
      /<main>\s*<section class="verdict bad">.*?✗ Failed.*?19,933 of 24,887 taps, 80.1 %/s,
    );
    expect(resultPage(result)).toContain('<title>Failed: ');
    expect(resultJunit(result)).toMatch(/<testsuite [^>]*failures="1"/);
    expect(resultJunit(result)).toContain('<failure message="refused 19,933 of 24,887 taps, 80.1 %');
  });

  test('a run that was held to no limit did not pass: table, page and Markdown say so first', () => {
    const { phases, ...rest } = refusing();
    const result = { ...rest, phases, verdict: verdictOf({}, { phases }) };
    const told = /– NOT HELD TO ANYTHING.*no limit was asked for/;
    expect(firstLine(resultTable(result))).toMatch(told);
    expect(firstLine(resultMarkdown(result))).toMatch(/– NOT HELD TO ANYTHING.*no limit was asked for/);
    expect(resultPage(result)).toMatch(/<section class="verdict none">.*?Not held to anything/s);
    expect(resultPage(result)).not.toMatch(/Passed/);
  });

  test('judged, refused by code, lost and wrong are four things in table and page', () => {
    const result = refusing();
    const table = stripVTControlCharacters(resultTable(result));
    for (const [what, many] of [
      ['judged', '4,954'],
      ['refused', '19,933'],
      ['tap.queue_full', '19,000'],
      ['tap.deadline_unreachable', '933'],
      ['lost', '0'],
      ['wrong', '0'],
    ] as const) {
      expect(table).toMatch(new RegExp(`^ +${what} +${many} `, 'm'));
    }
    const page = resultPage(result);
    expect(page).toContain('<b>19,933</b><span>refused, 80.1 % of the taps');
    for (const head of ['judged', 'refused', 'lost', 'wrong']) expect(page).toContain(`<th>${head}</th>`);
    expect(page).toContain('<b class="refused-many">19,000</b> tap.queue_full');
  });

  test('a gateway that judged nothing was not fast: p99 of no tap fails', () => {
    const { phases } = refusing();
    const none = phases.map((phase) => ({ ...phase, latency: latencyOf(latencyHistogram()) }));
    const verdict = verdictOf({ p99: { value: 10, unit: 'ms' } }, { phases: none });
    expect(verdict).toMatchObject({ passed: false, checks: [{ name: 'p99', passed: false }] });
  });

  test('a part is of all taps, at its bound still inside, and what was lost or wrong in the warm-up counts', () => {
    const { phases } = refusing();
    const limit = (value: number) => verdictOf({ refused: { value, unit: 'percent' } }, { phases }).passed;
    expect([limit(80), limit(80.2)]).toEqual([false, true]);
    const wrong = verdictOf({ wrong: NONE }, { phases, unmeasured: { intended: 10, wrong: 1 } });
    expect(wrong).toMatchObject({ passed: false, checks: [{ seen: '1 of 24,897 taps, < 0.01 %' }] });
  });
});

describe('the charts', () => {
  const dataOf = (page: string) =>
    JSON.parse(/id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? '') as {
      percentiles: { curves: { name: string }[] };
      rates?: { tried: unknown[] };
    };

  test('two curves never share a name', () => {
    const sample = sampleResult();
    const phases = sample.phases.map((phase) => ({ ...phase, name: 'search 8000/s again', unanswered: 0 }));
    const { curves } = dataOf(resultPage({ ...sample, phases })).percentiles;
    expect(curves.map(({ name }) => name)).toEqual([
      'search 8000/s again',
      'search 8000/s again (2)',
      'search 8000/s again (3)',
    ]);
  });

  test('a search draws p99 over rate', () => {
    const tried = [{ rate_per_s: 8_000, p50_ms: 1, p99_ms: 4, verdict: 'held' }];
    const page = resultPage({ ...sampleResult(), rates: { slo_p99_ms: 10, tried } });
    expect(page).toContain('id="rates"');
    expect(dataOf(page).rates?.tried).toEqual(tried);
    expect(resultPage(sampleResult())).not.toContain('id="rates"');
  });
});

describe('how to repeat it', () => {
  test('is a command that a shell takes apart as it was meant', () => {
    const settings = { limits: { in_flight_per_device: 1 }, gateway_id: "it's" };
    const options = { ...sampleResult().options, sloP99Ms: 10, process: 'poisson', failOn: 'refused=0.1%' };
    const result = { ...sampleResult(), profile: 'gates', options: { ...options, url: null }, settings };
    const command = repeatCommand(result);
    const words = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' }).trim();
    expect(words.split('\n')).toEqual([
      ...['npx', 'onecard', 'bench', 'gates', '--rate', '5000', '--seconds', '30', '--chips', 'sm2'],
      ...['--slo-p99-ms', '10', '--process', 'poisson', '--fail-on', 'refused=0.1%'],
      ...['--settings', JSON.stringify(settings)],
    ]);
    expect(resultPage(result)).toContain('npx onecard bench gates --rate 5000');
    expect(resultTable(result)).toContain(command);
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
