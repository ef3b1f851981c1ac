/** The table of usage as text: for a terminal, as CSV, and as JSON. */
import { type CsvValue, csvText } from './csv.ts';
import { textTable } from './text-table.ts';
import type { UsageTable } from './usage.ts';

/** Stands where a count is hidden. */
export const HIDDEN_MARK = '*';
export const TOTAL = 'total';

export function usageTerminal(table: UsageTable): string {
  const { by, columns, rows, columnTotals, total } = table;
  const isPlain = by.length === 1;
  const shown = (count: number | null) => (count === null ? HIDDEN_MARK : String(count));
  const cells = (taps: readonly (number | null)[], sum: number | null) =>
    isPlain ? [shown(sum)] : [...taps.map(shown), shown(sum)];
  const heads = isPlain ? ['taps'] : [...columns.map((values) => values.join(' ')), TOTAL];
  return (
    textTable(
      [{ title: by[0] ?? '' }, ...heads.map((title) => ({ title, isNumber: true }))],
      [
        ...rows.map(({ value, taps, total: sum }) => [value, ...cells(taps, sum)]),
        [TOTAL, ...cells(columnTotals, total)],
      ],
    ) +
    usageNotes(table)
      .map((note) => `${note}\n`)
      .join('')
  );
}

export function usageNotes({ hidden, suppressBelow, notProven }: UsageTable): string[] {
  return [
    ...(hidden === 0
      ? []
      : [
          `${HIDDEN_MARK} hidden: made of fewer than ${suppressBelow} persons, or needed to hide one that is (${hidden} counts).`,
        ]),
    ...(notProven === 0 ? [] : [`${notProven} taps are in no count: their card was not proven.`]),
  ];
}

/** A line per cell and total; a hidden count is empty, and `hidden` says so. */
export function usageCsv({ by, columns, rows, columnTotals, total }: UsageTable): string {
  const isPlain = by.length === 1;
  const line = (values: readonly string[], count: number | null): CsvValue[] => [
    ...values,
    count,
    count === null,
  ];
  const all = by.slice(1).map(() => TOTAL);
  const lines = [...rows, { value: TOTAL, taps: columnTotals, total }].flatMap(
    ({ value, taps, total: sum }) => [
      ...(isPlain ? [] : columns.map((values, i) => line([value, ...values], taps[i] ?? null))),
      line([value, ...all], sum),
    ],
  );
  return csvText([...by, 'taps', 'hidden'], lines);
}

export function usageJson({
  by,
  suppressBelow,
  columns,
  rows,
  columnTotals,
  total,
  hidden,
  notProven,
}: UsageTable): object {
  return {
    by,
    suppress_below_persons: suppressBelow,
    hidden_counts: hidden,
    not_proven_taps: notProven,
    columns,
    rows: rows.map(({ value, taps, total: sum }) => ({
      value,
      ...(by.length > 1 && { taps }),
      total: sum,
    })),
    ...(by.length > 1 && { column_totals: columnTotals }),
    total,
  };
}
