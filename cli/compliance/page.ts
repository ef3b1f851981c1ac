/** The report as one page that needs nothing else: for a printer, a desk and a phone. */
import { PAGE_STYLE } from './page-style.ts';
import type { ClauseRow, ComplianceReport, Language, PartRows, UseRow } from './report.ts';
import { countsLine } from './text.ts';
import type { Words } from './words.ts';

const LANGUAGE_TAG: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-CN' };

export function compliancePage(report: ComplianceReport, words: Words, language: Language): string {
  const { profile, uses, parts } = report;
  return `<!doctype html>
<html lang="${LANGUAGE_TAG[language]}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(words.title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${text(words.title)}</h1>
<p class="quiet">${text(words.of)} · ${text(words.profile[profile])}</p>
<p class="verdict ${profile}">${text(words.verdict[profile])}</p>
<p>${text(countsLine(parts, words))}</p>
</header>
<main>
<h2>${text(words.uses)}</h2>
${parts.map((part) => usesOf(part, uses, words)).join('')}
<h2>${text(words.clauses)}</h2>
${parts.map((part) => clausesOf(part, words)).join('')}
</main>
</body>
</html>
`;
}

/** A use is shown once, with the part of the first of its clauses. */
function usesOf({ clause, title }: PartRows, uses: readonly UseRow[], words: Words): string {
  const own = uses.filter(({ clauses }) => clauses[0]?.startsWith(clause));
  if (own.length === 0) return '';
  const { columns } = words;
  const head = [columns.clause, columns.what, columns.properties, columns.algorithm, columns.key];
  return table(
    'uses',
    `${clause} ${title}`,
    head,
    own.map((use) => useCells(use, words)),
  );
}

function useCells(
  { use, what, properties, algorithms, standard, key, clauses, given }: UseRow,
  words: Words,
) {
  const { columns } = words;
  const facts: readonly (readonly [string, string])[] = key
    ? [
        [columns.key, key.name],
        [columns.holder, key.holder],
        [columns.life, key.life],
        [columns.rotation, key.rotation],
      ]
    : [[columns.key, words.noKey]];
  const reason = given === null ? '' : `<p><strong>${text(words.given)}</strong> ${text(given)}</p>`;
  return [
    text(clauses.join('; ')),
    `${text(what)}<br><code>${text(use)}</code>${reason}`,
    text(properties.map((each) => words.properties[each]).join('; ')),
    `${text(algorithms.join(', ') || words.none)}${standard === null ? '' : `<p class="quiet">${text(standard)}</p>`}`,
    `<dl>${facts.map(([name, value]) => `<dt>${text(name)}</dt><dd>${text(value)}</dd>`).join('')}</dl>`,
  ];
}

function clausesOf({ clause, title, clauses }: PartRows, words: Words): string {
  const { columns } = words;
  const head = [columns.clause, columns.strength, columns.title, columns.by, columns.how, columns.use];
  return table(
    'clauses',
    `${clause} ${title}`,
    head,
    clauses.map((each) => clauseCells(each, words)),
  );
}

function clauseCells({ clause, strength, title, by, how, uses }: ClauseRow, words: Words): string[] {
  return [
    text(clause),
    text(words.strengths[strength]),
    text(title),
    `<span class="by-${by}">${text(words.metBy[by])}</span>`,
    text(how),
    uses.map((each) => `<code>${text(each)}</code>`).join(', '),
  ];
}

/** `rows`: cells of HTML. */
function table(
  kind: string,
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const cells = (row: readonly string[]) =>
    row.map((cell, at) => `<td data-label="${text(head[at] ?? '')}">${cell}</td>`).join('');
  return `<h3>${text(title)}</h3>
<table class="${kind}">
<colgroup>${'<col>'.repeat(head.length)}</colgroup>
<thead><tr>${head.map((each) => `<th>${text(each)}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n')}</tbody>
</table>
`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const text = (value: string): string => value.replace(/[&<>"]/g, (each) => ENTITIES[each] ?? each);
