/** `onecard desk check`: whether the register can be opened with the key that there is, and every row of it. */
import { Command } from 'commander';
import { HotelError } from '../../hotel/hotel-error.ts';
import { type Page, TABLE_NAMES, type TableName } from '../../hotel/register/guest-register.ts';
import type { SealedRegister } from '../../hotel/register/sealed-register.ts';
import { localTime } from '../../reports/local-time.ts';
import { type Progress, startProgress } from '../progress.ts';
import { addDeskOptions, type DeskOptions, explained, withRegister } from './desk-settings.ts';

const HELP = `
Opens every row, and shows none of them. Exit status 1 when a row does not open, or when something is past its day of purge.`;

const FOUND_EXIT_CODE = 1;
const ROWS_AT_ONCE = 500;

interface CheckOptions extends DeskOptions {
  readonly json?: boolean;
}

export function checkCommand(): Command {
  return addDeskOptions(new Command('check'))
    .description('Open every row of the register with the key that there is.')
    .option('--json', 'one JSON object')
    .addHelpText('after', HELP)
    .action((options: CheckOptions) =>
      explained('check', () =>
        withRegister(options, 'check', async (register, { hotel }) => {
          const progress = startProgress();
          const rows: Record<string, number> = {};
          for (const table of TABLE_NAMES) rows[table] = await openAll(register, table, progress);
          progress.done();
          const overdue = await register.dueBefore(localTime(hotel.time_zone).dayOf(Date.now()));
          const report = {
            hotel_id: hotel.hotel_id,
            store: hotel.register.store,
            key: 'fits',
            rows,
            overdue,
          };
          if (options.json) console.log(JSON.stringify(report));
          else console.log(asText(report));
          if (overdue.length > 0) process.exitCode = FOUND_EXIT_CODE;
        }).catch((cause: unknown) => {
          if (!(cause instanceof HotelError) || cause.code !== 'unreadable') throw cause;
          console.error(`onecard desk check: ${cause.message}`);
          process.exitCode = FOUND_EXIT_CODE;
        }),
      ),
    );
}

async function openAll(register: SealedRegister, table: TableName, progress: Progress): Promise<number> {
  let count = 0;
  for (let after: string | null = null; ; ) {
    const page: Page<TableName> = await register.scan(table, after, ROWS_AT_ONCE);
    count += page.rows.length;
    progress.at(null, `${table}: ${count} rows open`);
    after = page.after;
    if (after === null) return count;
  }
}

function asText(report: {
  readonly hotel_id: string;
  readonly store: string;
  readonly rows: Readonly<Record<string, number>>;
  readonly overdue: readonly { readonly day: string; readonly rows: number }[];
}): string {
  return [
    `hotel ${report.hotel_id}, on ${report.store}; the key fits, and every row opens`,
    ...Object.entries(report.rows).map(([table, rows]) => `  ${table.padEnd(14)}${rows}`),
    ...report.overdue.map(({ day, rows }) => `past its day: ${rows} rows of ${day} (onecard desk purge)`),
  ].join('\n');
}
