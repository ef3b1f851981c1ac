/** `onecard report`: what the city, an employer and an office read of the journal. Works beside a running gateway. */
import { Command } from 'commander';
import { adoptionCommand } from './report-adoption.ts';
import { attendanceCommand } from './report-attendance.ts';
import { pointsCommand } from './report-points.ts';
import { replaysCommand } from './report-replays.ts';
import { usageCommand } from './report-usage.ts';

const HELP = `
A report reads the journals of one or more gateways, running or stopped, and changes nothing in them (docs/reports.md).

Exit status: 0 when it was done, 1 when damaged records were passed over, 2 when options, a file or a journal cannot be used.

Examples:
  $ onecard report points --example --out points.yaml
  $ onecard report adoption --points points.yaml --journal data
  $ onecard report usage --journal data --by service,card-mode
  $ onecard report attendance --journal data --area site --day 2026-11-30
  $ onecard report replays --journal gw-1/data gw-2/data`;

export function reportCommand(): Command {
  return new Command('report')
    .description(
      'Report on service points and the journal: adoption of the card, its use, attendance, replays.',
    )
    .addHelpText('after', HELP)
    .addCommand(adoptionCommand())
    .addCommand(pointsCommand())
    .addCommand(usageCommand())
    .addCommand(attendanceCommand())
    .addCommand(replaysCommand());
}
