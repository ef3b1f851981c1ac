/** A run as a table for the terminal. */
import colors from 'picocolors';
import type { ComparedRuns, Verdict } from './compare.ts';
import { compact } from './figures.ts';
import type { Phase, RunResult, Table } from './result.ts';
import { tablesOf } from './tables.ts';

const COLUMNS = [
  'phase',
  'meant/s',
  'answered/s',
  'p50 ms',
  'p99 ms',
  'p99.9 ms',
  'max ms',
  'unsent',
  'late',
  'unanswered',
  'wrong',
  'gateway',
  'generator',
];
const PAINT: Readonly<Record<Verdict, (text: string) => string>> = {
  faster: colors.green,
  slower: colors.red,
  'no difference seen': (text) => text,
  'too few samples': colors.dim,
};

export function resultTable(result: RunResult): string {
  const lines = [
    colors.bold(`${result.title}`),
    colors.dim(
      `  ${result.started_at}   seed ${result.seed}   engine ${result.engine}   commit ${result.commit}`,
    ),
    '',
    ...aligned([COLUMNS, ...result.phases.map(phaseRow)]),
    '',
  ];
  for (const { statement, holds, seen } of result.statements ?? []) {
    lines.push(
      `  ${holds ? colors.green('✓ holds') : colors.red('✗ does not hold')}  ${statement}`,
      colors.dim(`      ${seen}`),
      '',
    );
  }
  for (const [code, many] of topCodes(result)) lines.push(`  ${String(many).padStart(10)}  ${code}`);
  if (result.figures.length > 0) {
    lines.push(
      '',
      ...aligned(result.figures.map(({ name, value, unit }) => [name, `${shown(value)} ${unit}`])),
    );
  }
  for (const table of tablesOf(result)) lines.push('', ...tableLines(table));
  lines.push('', colors.dim(`  decisions ${result.decisions_sha256}`));
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
  const seconds = Math.max(1e-9, phase.to_s - phase.from_s);
  return [
    phase.name,
    compact(phase.rate_per_s),
    compact(phase.answered / seconds),
    ...[latency.p50_ms, latency.p99_ms, latency.p999_ms, latency.max_ms].map(compact),
    ...[phase.unsent, phase.late, phase.unanswered, phase.wrong].map(String),
    ...[phase.gateway_cores, phase.generator_cores].map((cores) =>
      cores === null ? '' : `${cores.toFixed(2)} cores`,
    ),
  ];
}

function tableLines({ title, about, columns, rows }: Table): string[] {
  return [
    colors.bold(`  ${title}`),
    colors.dim(`  ${about}`),
    ...aligned([columns, ...rows.map((row) => row.map(shown))]),
  ];
}

/** Answers by code over all phases, most frequent first. */
export function topCodes({ phases }: RunResult): [string, number][] {
  const sums = new Map<string, number>();
  for (const { codes } of phases) {
    for (const [code, many] of Object.entries(codes)) sums.set(code, (sums.get(code) ?? 0) + many);
  }
  return [...sums].sort((a, b) => b[1] - a[1]);
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
