/** A run as a table for the terminal. */
import colors from 'picocolors';
import type { Verdict as Change, ComparedRuns } from './compare.ts';
import { countsOf, percent, refusalCodes, topCodes } from './counts.ts';
import { compact } from './figures.ts';
import { repeatCommand } from './repeat.ts';
import type { Phase, RunResult, Table, Verdict } from './result.ts';
import { tablesOf } from './tables.ts';
import { verdictLine, verdictWord } from './verdict.ts';

const COLUMNS = [
  'phase',
  'meant/s',
  'judged/s',
  'p50 ms',
  'p99 ms',
  'p99.9 ms',
  'max ms',
  'judged',
  'refused',
  'lost',
  'wrong',
  'late',
  'gateway',
  'generator',
];
const PAINT: Readonly<Record<Change, (text: string) => string>> = {
  faster: colors.green,
  slower: colors.red,
  'no difference seen': (text) => text,
  'too few samples': colors.dim,
};

export function resultTable(result: RunResult): string {
  const lines = [
    ...(result.verdict ? [verdictText(result.verdict), ''] : []),
    colors.bold(`${result.title}`),
    colors.dim(
      `  ${result.started_at}   seed ${result.seed}   engine ${result.engine}   commit ${result.commit}`,
    ),
    '',
    ...(result.phases.length > 0 ? [...aligned([COLUMNS, ...result.phases.map(phaseRow)]), ''] : []),
    ...fateLines(result),
  ];
  for (const { statement, holds, seen } of result.statements ?? []) {
    lines.push(
      `  ${holds ? colors.green('✓ holds') : colors.red('✗ does not hold')}  ${statement}`,
      colors.dim(`      ${seen}`),
      '',
    );
  }
  for (const [code, many] of topCodes(result.phases)) lines.push(`  ${String(many).padStart(10)}  ${code}`);
  if (result.figures.length > 0) {
    lines.push(
      '',
      ...aligned(result.figures.map(({ name, value, unit }) => [name, `${shown(value)} ${unit}`])),
    );
  }
  for (const table of tablesOf(result)) lines.push('', ...tableLines(table));
  lines.push('', colors.dim(`  decisions ${result.decisions_sha256}`));
  lines.push(colors.dim('  to repeat it:'), `  ${repeatCommand(result)}`);
  for (const warning of result.warnings) lines.push(colors.yellow(`  ! ${warning}`));
  return lines.join('\n');
}

export function comparisonTable({ comparisons, cautions }: ComparedRuns): string {
  const rows = comparisons.map((each) => [
    each.sample,
    compact(each.baseline),
    compact(each.now),
    `× ${each.ratio.toFixed(3)}`,
    each.verdict === 'too few samples' ? '' : `${each.low.toFixed(3)} to ${each.high.toFixed(3)}`,
    PAINT[each.verdict](each.verdict),
  ]);
  const told = aligned([['', 'baseline', 'now', 'ratio', '95 % interval', ''], ...rows]);
  return [
    colors.bold('Against the baseline'),
    ...told,
    ...cautions.map((c) => colors.yellow(`  ! ${c}`)),
  ].join('\n');
}

function phaseRow(phase: Phase): string[] {
  const { latency } = phase;
  const { judged, refused, lost, wrong } = countsOf([phase]);
  const seconds = Math.max(1e-9, phase.to_s - phase.from_s);
  return [
    phase.name,
    compact(phase.rate_per_s),
    compact(judged / seconds),
    ...[latency.p50_ms, latency.p99_ms, latency.p999_ms, latency.max_ms].map(compact),
    String(judged),
    ...[refused, lost, wrong].map((many) => (many > 0 ? colors.red(String(many)) : '0')),
    String(phase.late),
    ...[phase.gateway_cores, phase.generator_cores].map((cores) =>
      cores === null ? '' : `${cores.toFixed(2)} cores`,
    ),
  ];
}

export function tableLines({ title, about, columns, rows }: Table): string[] {
  return [
    colors.bold(`  ${title}`),
    colors.dim(`  ${about}`),
    ...aligned([columns, ...rows.map((row) => row.map(shown))]),
  ];
}

function verdictText(verdict: Verdict): string {
  const { tone, word } = verdictWord(verdict);
  const paint = { good: colors.green, bad: colors.red, none: colors.yellow }[tone];
  return `${colors.bold(paint(word.toUpperCase()))}  ${verdictLine(verdict)}`;
}

/** Four things, each with its part of all taps; what was refused by code. */
function fateLines({ phases }: RunResult): string[] {
  if (phases.length === 0) return [];
  const counts = countsOf(phases);
  const row = (what: string, many: number, tell: boolean) => {
    const cells = [what, many.toLocaleString('en-US'), percent(many, counts.intended)];
    return tell && many > 0 ? cells.map(colors.red) : cells;
  };
  return [
    ...aligned([
      row('judged', counts.judged, false),
      row('refused', counts.refused, true),
      ...refusalCodes(phases).map(([code, many]) => row(`  ${code}`, many, false)),
      row('lost', counts.lost, true),
      row('wrong', counts.wrong, true),
    ]),
    '',
  ];
}

const shown = (value: string | number) => (typeof value === 'number' ? compact(value) : value);

/** First column to the left, others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, width(cell))),
    [],
  );
  return rows.map((row) =>
    `  ${row
      .map((cell, i) => {
        const filling = ' '.repeat((widths[i] ?? 0) - width(cell));
        return i === 0 ? cell + filling : filling + cell;
      })
      .join('  ')}`.trimEnd(),
  );
}

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
const width = (text: string) => text.replace(ESCAPES, '').length;
