/** `onecard journal backup`: a consistent copy, also of a running gateway's journal. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { backUpJournal } from '../gateway/journal/backup.ts';
import { addDataFolderOptions, type DataFolderOptions } from './data-folder.ts';
import { explained, FOUND_EXIT_CODE, journalFolder } from './journal-folder.ts';
import { startProgress } from './progress.ts';

const HELP = `
The copy holds the records, the key of their pseudonyms and what else the journal's folder holds: keep it like the
gateway's own data. It is read again before the command ends, and appears under its name only when it is whole. While it
is taken the gateway goes on; its data file may grow by what is decided meanwhile.

Exit status: 0 when it was done, 1 when it was done and the journal has faults, which are told, 2 when it was not.

Example:
  $ onecard journal backup --config gateway.json --to /backup/journal-$(date +%F)`;

interface BackupOptions extends DataFolderOptions {
  readonly to: string;
}

export function backupCommand(): Command {
  return addDataFolderOptions(new Command('backup'))
    .description('Back the journal up: of a running gateway, or of one that is stopped.')
    .requiredOption('--to <dir>', 'a folder that is not there yet, or is empty')
    .addHelpText('after', HELP)
    .action(({ to, ...options }: BackupOptions) =>
      explained('backup', async () => {
        const progress = startProgress();
        try {
          const { records, first, last, newest_at_ms, epoch, faults } = await backUpJournal(
            journalFolder(options),
            resolve(to),
            Date.now(),
            (fraction, doing) => progress.at(fraction, doing),
          );
          progress.done();
          const range = records === 0 ? 'no records' : `${records} records, positions ${first} to ${last}`;
          const newest = records === 0 ? '' : `, the newest of ${new Date(newest_at_ms).toISOString()}`;
          for (const fault of faults) console.log(`in the journal and in the backup: ${fault}`);
          if (faults.length > 0) process.exitCode = FOUND_EXIT_CODE;
          console.log(`backed up to ${resolve(to)}: ${range}${newest}; epoch ${epoch}`);
        } finally {
          progress.done();
        }
      }),
    );
}
