/** The report as a page of the documentation: both profiles beside each other. */
import { complianceReport, type Language, type UseRow } from './report.ts';
import { countsLine } from './text.ts';
import { WORDS, type Words } from './words.ts';

/** `docs/cryptography-uses.md` and its Chinese version. */
export function usesPage(language: Language): string {
  const words = WORDS[language];
  const [sm, international] = [complianceReport('sm', language), complianceReport('international', language)];
  const { columns } = words;
  const others = new Map(international.uses.map((use) => [use.use, use]));
  const parts = sm.parts.flatMap(({ clause, title }) => {
    const own = sm.uses.filter(({ clauses }) => clauses[0]?.startsWith(clause));
    if (own.length === 0) return [];
    const head = [
      columns.use,
      columns.what,
      columns.properties,
      'sm',
      'international',
      columns.key,
      columns.clause,
    ];
    const rows = own.map((use) => [
      `\`${use.use}\``,
      use.given === null ? use.what : `${use.what}. ${words.given}: ${use.given}`,
      use.properties.map((each) => words.properties[each]).join('; '),
      ...(use.given === null
        ? [use.algorithms.join(', '), others.get(use.use)?.algorithms.join(', ') ?? '']
        : [use.algorithms.join(', ') || words.none, words.given]),
      keyCell(use, words),
      use.clauses.join('; '),
    ]);
    return [`### ${clause} ${title}`, table(head, rows)];
  });
  const clauses = sm.parts.flatMap((part) => [
    `### ${part.clause} ${part.title}`,
    table(
      [columns.clause, columns.strength, columns.title, columns.by, columns.how],
      part.clauses.map(({ clause, strength, title, by, how }) => [
        ...[clause, words.strengths[strength], title, words.metBy[by], how],
      ]),
    ),
  ]);
  return `${[
    `# ${words.title}`,
    words.page,
    `## ${words.uses}`,
    ...parts,
    `## ${words.clauses}`,
    countsLine(sm.parts, words),
    ...clauses,
  ].join('\n\n')}\n`;
}

function keyCell({ key }: UseRow, words: Words): string {
  if (key === null) return words.noKey;
  const { columns } = words;
  const facts = [
    [columns.holder, key.holder],
    [columns.life, key.life],
    [columns.rotation, key.rotation],
  ];
  return `${key.name}<br>${facts.map(([name, value]) => `${name}: ${value}`).join('<br>')}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
