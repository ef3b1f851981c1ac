/** The report as one table: uses first, then clauses. */
import { csvText } from '../../reports/csv.ts';
import type { ComplianceReport } from './report.ts';
import type { Words } from './words.ts';

const listed = (each: readonly string[]) => each.join('; ');

export function complianceCsv({ uses, parts }: ComplianceReport, words: Words): string {
  const { columns } = words;
  const head = [
    ...[columns.clause, columns.use, columns.what, columns.properties, columns.layer, columns.algorithm],
    ...[columns.standard, columns.key, columns.holder, columns.life, columns.rotation],
    ...[columns.strength, columns.by, columns.how],
  ];
  const ofUses = uses.map(({ use, what, properties, layer, algorithms, standard, key, clauses, given }) => [
    ...[listed(clauses), use, what, listed(properties.map((each) => words.properties[each]))],
    ...[words.layers[layer], listed(algorithms) || words.none, standard ?? ''],
    ...(key ? [key.name, key.holder, key.life, key.rotation] : [words.noKey, '', '', '']),
    ...['', given === null ? words.metBy.gateway : words.given, given ?? ''],
  ]);
  const ofClauses = parts.flatMap((part) =>
    part.clauses.map(({ clause, strength, title, by, how, uses: named }) => [
      ...[clause, listed(named), title, '', part.title, '', '', '', '', '', ''],
      ...[words.strengths[strength], words.metBy[by], how],
    ]),
  );
  return csvText(head, [...ofUses, ...ofClauses]);
}
