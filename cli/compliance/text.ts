/** The report for a terminal. Chinese characters take two columns, so only short names stand under each other. */
import colors from 'picocolors';
import type { Clause } from '../../crypto/assessment/clause.ts';
import type { ComplianceReport, PartRows, UseRow } from './report.ts';
import type { Words } from './words.ts';

export function complianceText(report: ComplianceReport, words: Words): string {
  const { profile, uses, parts } = report;
  const width = Math.max(...uses.map(({ use }) => use.length));
  const lines = [
    colors.bold(`${words.title}: ${words.of}`),
    words.profile[profile],
    words.verdict[profile],
    '',
    colors.bold(words.uses),
    ...parts.flatMap(({ clause, title }) => {
      const own = uses.filter(({ clauses }) => clauses[0]?.startsWith(clause));
      return own.length === 0
        ? []
        : ['', `${clause} ${title}`, ...own.flatMap((use) => useLines(use, width, words))];
    }),
    '',
    colors.bold(words.clauses),
    ...parts.flatMap((part) => partLines(part, words)),
    '',
    countsLine(parts, words),
  ];
  return `${lines.join('\n')}\n`;
}

export function countsLine(parts: readonly PartRows[], words: Words): string {
  const all = parts.flatMap(({ clauses }) => clauses);
  const metBy = (by: Clause['by']) => all.filter((each) => each.by === by).length;
  return words.counts(metBy('gateway'), metBy('both'), metBy('operator'));
}

function useLines(
  { use, what, properties, algorithms, key, clauses, given }: UseRow,
  width: number,
  words: Words,
) {
  const named = properties.map((each) => words.properties[each]).join(', ');
  const keyLine = key ? `${key.name}; ${key.holder}; ${key.life}; ${key.rotation}` : words.noKey;
  return [
    `  ${colors.cyan(use.padEnd(width))}  ${algorithms.join(', ') || words.none}  ${clauses.join(', ')}  ${named}`,
    `      ${what}`,
    colors.dim(`      ${words.columns.key}: ${keyLine}`),
    ...(given === null ? [] : [colors.dim(`      ${words.given}: ${given}`)]),
  ];
}

function partLines({ clause, title, clauses }: PartRows, words: Words): string[] {
  return [
    '',
    `${clause} ${title}`,
    ...clauses.flatMap((each) => [
      `  ${each.clause.slice(clause.length + 1)} [${words.strengths[each.strength]}] ${each.title}: ${colors.cyan(words.metBy[each.by])}`,
      colors.dim(`      ${each.how}`),
    ]),
  ];
}
