/** `onecard desk purge`: destroys what is past its time, as the gateway does each day by itself. */
import { Command, InvalidArgumentError } from 'commander';
import { purge } from '../../hotel/register/keeping/purge.ts';
import { dayAfter, localTime } from '../../reports/local-time.ts';
import { startProgress } from '../progress.ts';
import { UnusableError } from '../unusable.ts';
import { digestText, TERMINAL, withAudit } from './desk-audit.ts';
import { addDeskOptions, type DeskOptions, explained, withRegister } from './desk-settings.ts';

const HELP = `
A stay is purged on the day that its local rules say, counted from departure. A gateway that runs does so each day by itself; this is
for one that was stopped for long, or whose last purge failed. Without --yes it shows what would go, and leaves it.

For each day it prints how many rows went, and SHA-256 of the wrapped key that was destroyed.`;

interface PurgeOptions extends DeskOptions {
  readonly until?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function purgeCommand(): Command {
  return addDeskOptions(new Command('purge'))
    .description('Destroy the rows whose day of purge has come, and the keys they are sealed under.')
    .option('--until <day>', 'up to and with this day of purge, YYYY-MM-DD (default: today)', aDay)
    .option('--yes', 'do it, and do not only show it')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', HELP)
    .action((options: PurgeOptions) =>
      explained('purge', () =>
        withRegister(options, 'purge', async (register, place) => {
          const today = localTime(place.hotel.time_zone).dayOf(Date.now());
          const { until = today } = options;
          // Of the future nothing is purged by a slip of the hand.
          if (until > today) throw new UnusableError('--until must not be after today');
          const before = dayAfter(until);
          if (!options.yes) {
            const due = await register.dueBefore(before);
            for (const each of due) told(options, each, `${each.day}: ${each.rows} rows would be destroyed`);
            if (due.length === 0 && !options.json) console.log('nothing is due');
            return;
          }
          const progress = startProgress();
          const proofs = await withAudit(place, (audit) =>
            purge(
              { register, events: null, audit, now: () => Date.now() },
              {
                today: until,
                actor: TERMINAL,
                onProgress: (part, rows) => progress.at(part, `${rows} rows destroyed`),
              },
            ),
          );
          progress.done();
          for (const each of proofs) {
            const { day, rows, keyDigest } = each;
            told(options, each, `${day}: ${rows} rows destroyed, and the key with ${digestText(keyDigest)}`);
          }
          if (proofs.length === 0 && !options.json) console.log('nothing was due');
        }),
      ),
    );
}

function told({ json }: PurgeOptions, each: object, text: string): void {
  console.log(json ? JSON.stringify(each) : text);
}

function aDay(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError('YYYY-MM-DD.');
}
