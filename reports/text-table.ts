/** A table for a terminal. Chinese characters take two columns of it. */

export interface TextColumn {
  readonly title: string;
  readonly isNumber?: boolean;
}

export function textTable(columns: readonly TextColumn[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, i) =>
    rows.reduce((width, row) => Math.max(width, widthOf(row[i] ?? '')), widthOf(title)),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ isNumber = false }, i) => {
        const text = cells[i] ?? '';
        const room = ' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf(text)));
        return isNumber ? room + text : text + room;
      })
      .join('  ')
      .trimEnd();
  return [
    line(columns.map(({ title }) => title)),
    widths.map((width) => '-'.repeat(width)).join('  '),
    ...rows.map(line),
    '',
  ].join('\n');
}

/** Scripts and forms that terminals draw two columns wide (Unicode Standard Annex 11, Wide and Fullwidth). */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u;

function widthOf(text: string): number {
  return [...text].reduce((width, each) => width + (WIDE.test(each) ? 2 : 1), 0);
}
