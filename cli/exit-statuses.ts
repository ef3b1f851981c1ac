/** The one table of exit statuses (`exit-statuses.json`, which the launcher reads too): as help and as a page. */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

interface ExitStatuses {
  readonly statuses: readonly { readonly status: number; readonly meaning: string }[];
  /** Of a process that a signal ended. `asked`: it was told to, so the launcher says nothing of it. */
  readonly signals: readonly {
    readonly signal: NodeJS.Signals;
    readonly asked?: boolean;
    readonly meaning: string;
  }[];
}

const table = JSON.parse(
  readFileSync(new URL('./exit-statuses.json', import.meta.url), 'utf8'),
) as ExitStatuses;

/** 128 and the number of the signal on this system, as shells report it. */
const statusOf = (signal: NodeJS.Signals) => 128 + constants.signals[signal];

export function exitStatusHelp(): string {
  const lines = table.statuses.map(({ status, meaning }) => `  ${String(status).padEnd(4)} ${meaning}`);
  const deaths = table.signals.map((each) => `${statusOf(each.signal)} ${each.signal}`).join(', ');
  return ['Exit status:', ...lines, `  128+n ended by signal n: ${deaths}`].join('\n');
}

export function exitStatusPage(): string {
  const statuses = table.statuses.map(({ status, meaning }) => `| ${status} | ${meaning} |`);
  const signals = table.signals.map(
    ({ signal, meaning }) => `| ${statusOf(signal)} | \`${signal}\` | ${meaning} |`,
  );
  return `${[
    '# Exit statuses',
    'This page is written from `cli/exit-statuses.json` by `npm run docs`; a test fails when the two differ.',
    ['| status | meaning |', '|---|---|', ...statuses].join('\n'),
    'A command that a signal ended has the status 128 + n, n being the number of the signal (here: Linux). `onecard` says on standard error which one it was and what it usually means; when somebody asked it to end, it says nothing.',
    ['| status | signal | what it usually means |', '|---|---|---|', ...signals].join('\n'),
    'After a death the next `onecard serve` logs that the last run ended unclean, and what was read again.',
  ].join('\n\n')}\n`;
}
