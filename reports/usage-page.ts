/** The table of usage as a page. */
import { escaped, page, pageTable } from './page.ts';
import type { UsageTable } from './usage.ts';
import { HIDDEN_MARK } from './usage-text.ts';
import { type Language, WORDS } from './words.ts';

/** `span`: the days it is of, as a sentence shows them. `nameOf`: what to call a value of the first dimension. */
export function usagePage(
  table: UsageTable,
  span: string,
  language: Language,
  nameOf: (value: string) => string,
): string {
  const words = WORDS[language];
  const { by, columns, rows, columnTotals, total, hidden, suppressBelow, notProven } = table;
  const isPlain = by.length === 1;
  const shown = (count: number | null) => (count === null ? HIDDEN_MARK : String(count));
  const cells = (taps: readonly (number | null)[], sum: number | null) =>
    isPlain ? [shown(sum)] : [...taps.map(shown), shown(sum)];
  const heads = isPlain ? [words.taps] : [...columns.map((values) => values.join(' ')), words.total];
  const title = `${words.usage}, ${by.map((dimension) => words[dimension]).join(' × ')}`;
  const body = `<h1>${escaped(title)}</h1>
<p class="quiet">${escaped(span)}</p>
<div class="wide" tabindex="0" role="region" aria-label="${escaped(title)}">${pageTable(
    title,
    [
      { title: words[by[0] ?? 'service'], kind: 'name' },
      ...heads.map((head) => ({ title: head, kind: 'number' as const })),
    ],
    [
      ...rows.map(({ value, taps, total: sum }) => [escaped(nameOf(value)), ...cells(taps, sum)]),
      [escaped(words.total), ...cells(columnTotals, total)],
    ],
  )}</div>
${hidden === 0 ? '' : `<p>${HIDDEN_MARK} ${escaped(`${words.hidden} (< ${suppressBelow})`)}</p>`}
${notProven === 0 ? '' : `<p>${notProven} ${escaped(words.not_proven)}</p>`}`;
  return page(title, language, body);
}
