/** Sheets for the printer: they are on the page as long as it prints. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';

const sheets = signal<readonly JSX.Element[]>([]);

addEventListener('afterprint', () => {
  sheets.value = [];
});

/** One page each. */
export function printSheets(next: readonly JSX.Element[]): void {
  sheets.value = next;
  // The browser takes what is drawn.
  requestAnimationFrame(() => requestAnimationFrame(() => window.print()));
}

export function Sheets() {
  return (
    <div lang={document.documentElement.lang}>
      {sheets.value.map((sheet, index) => (
        <section class="sheet" key={index}>
          {sheet}
        </section>
      ))}
    </div>
  );
}
