/** A page that stands alone: one file, no script, nothing from elsewhere. Light and dark, from a phone to paper. */
import { createHash } from 'node:crypto';
import { PAGE_STYLE } from './page-style.ts';
import { type Language, WORDS } from './words.ts';

/** For text and for values of attributes in double quotes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);
}

export function page(title: string, language: Language, body: string): string {
  const digest = createHash('sha256').update(PAGE_STYLE).digest('base64');
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-Hans' : 'en'}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${digest}'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
${body}
</main>
<footer>${escaped(WORDS[language].made_by)}</footer>
</body>
</html>
`;
}

export interface PageColumn {
  readonly title: string;
  /** Of the column and of its cells. */
  readonly kind?: 'number' | 'name';
}

/**
 * A table whose rows become cards on a phone. The roles say what it is where its display does not. `rows`: cells of HTML; the
 * first names the row.
 */
export function pageTable(
  caption: string,
  columns: readonly PageColumn[],
  rows: readonly (readonly string[])[],
): string {
  const heads = columns.map(
    ({ title, kind = '' }) => `<th role="columnheader" scope="col" class="${kind}">${escaped(title)}</th>`,
  );
  const lines = rows.map((cells) => {
    const inner = columns.map(({ title, kind = '' }, i) => {
      const [tag, role] = i === 0 ? ['th scope="row"', 'rowheader'] : ['td', 'cell'];
      return `<${tag} role="${role}" class="${kind}" data-column="${escaped(title)}">${i === 0 ? (cells[i] ?? '') : `<div>${cells[i] ?? ''}</div>`}</${tag.slice(0, 2)}>`;
    });
    return `<tr role="row">${inner.join('')}</tr>`;
  });
  return `<table role="table">
<caption>${escaped(caption)}</caption>
<thead role="rowgroup"><tr role="row">${heads.join('')}</tr></thead>
<tbody role="rowgroup">
${lines.join('\n')}
</tbody>
</table>`;
}

/** A share as a bar; what it shows must stand beside it as text. */
export function bar({ part, whole }: { readonly part: number; readonly whole: number }): string {
  const width = whole === 0 ? 0 : Math.floor((part * 1_000) / whole) / 10;
  return `<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="whole" width="100" height="6"></rect><rect class="part" width="${width}" height="6"></rect></svg>`;
}
