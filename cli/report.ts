/** `onecard report`: what the city, an employer and an office read of the journal. Works beside a running gateway. */
import { Command } from 'commander';
import { attendanceCommand } from './report-attendance.ts';
import { usageCommand } from './report-usage.ts';

const HELP = `
A report reads the journals of one or more gateways, running or stopped, and changes nothing in them (docs/reports.md).

Exit status: 0 when it was done, 1 when damaged records were passed over, 2 when options, a file or a journal cannot be used.

Examples:
  $ onecard report usage --journal data --by service,card-mode
  $ onecard report attendance --journal data --area site --day 2026-11-30`;

export function reportCommand(): Command {
  return new Command('report')
    .description('Report on the journal: usage, and attendance.')
    .addHelpText('after', HELP)
    .addCommand(usageCommand())
    .addCommand(attendanceCommand());
}
