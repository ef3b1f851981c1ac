/** A run as Markdown, for the summary of a pipeline or a note: passed or failed first. */
import { countsOf, percent, refusalCodes } from './counts.ts';
import { compact } from './figures.ts';
import { repeatCommand } from './repeat.ts';
import type { Phase, RunResult } from './result.ts';
import { verdictLine, verdictWord } from './verdict.ts';

export function resultMarkdown(result: RunResult): string {
  const { verdict, phases, figures, warnings } = result;
  const blocks = [
    ...(verdict ? [`**${verdictWord(verdict).word.toUpperCase()}** ${escaped(verdictLine(verdict))}`] : []),
    `## ${escaped(result.title)}`,
    `${result.started_at}, seed \`${result.seed}\`, engine ${escaped(result.engine)}, commit \`${result.commit}\``,
    ...(verdict
      ? [
          table(
            ['check', 'limit', 'seen', ''],
            verdict.checks.map((c) => [c.name, c.limit, c.seen, c.passed ? '✓' : '✗']),
          ),
        ]
      : []),
    ...(phases.length > 0 ? [fates(phases), phaseTable(phases)] : []),
    ...(figures.length > 0
      ? [
          table(
            ['figure', 'value'],
            figures.map(({ name, value, unit }) => [name, `${shown(value)} ${unit}`.trim()]),
          ),
        ]
      : []),
    ...(warnings.length > 0 ? [warnings.map((each) => `- ⚠ ${escaped(each)}`).join('\n')] : []),
    ['To repeat it:', '', '```', repeatCommand(result), '```'].join('\n'),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function fates(phases: readonly Phase[]): string {
  const counts = countsOf(phases);
  const row = (what: string, many: number) => [
    what,
    many.toLocaleString('en-US'),
    percent(many, counts.intended),
  ];
  return table(
    ['taps', String(counts.intended.toLocaleString('en-US')), ''],
    [
      row('judged', counts.judged),
      row('refused', counts.refused),
      ...refusalCodes(phases).map(([code, many]) => row(`refused: ${code}`, many)),
      row('lost', counts.lost),
      row('wrong', counts.wrong),
    ],
  );
}

function phaseTable(phases: readonly Phase[]): string {
  const heads = [
    'phase',
    'meant/s',
    'judged/s',
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    'max ms',
    'refused',
    'lost',
    'wrong',
  ];
  const rows = phases.map((phase) => {
    const { judged, refused, lost, wrong } = countsOf([phase]);
    const { p50_ms, p99_ms, p999_ms, max_ms } = phase.latency;
    const perSecond = judged / Math.max(1e-9, phase.to_s - phase.from_s);
    const numbers = [phase.rate_per_s, perSecond, p50_ms, p99_ms, p999_ms, max_ms, refused, lost, wrong];
    return [phase.name, ...numbers.map(compact)];
  });
  return table(heads, rows);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(heads), line(heads.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

const shown = (value: string | number) => (typeof value === 'number' ? compact(value) : value);

/** What would be markup is shown as it is. */
function escaped(value: string): string {
  return value
    .replace(/[\\|*_`<>[\]]/g, (c) => (c === '<' ? '&lt;' : c === '>' ? '&gt;' : `\\${c}`))
    .replace(/\s+/g, ' ');
}
