/** `onecard journal trim`: makes room by hand. */
import { Command } from 'commander';
import { CURSORS } from '../gateway/journal/journal-tables.ts';
import { openJournal } from '../gateway/journal/lmdb-journal.ts';
import { checkpointFile, readCheckpoints } from '../gateway/journal/log/checkpoint-file.ts';
import { logFolder, syncLogFiles } from '../gateway/journal/log/hash-files.ts';
import { addDataFolderOptions, type DataFolderOptions } from './data-folder.ts';
import { explained, journalFolder } from './journal-folder.ts';
import { readCount } from './read-count.ts';
import { UnusableError } from './unusable.ts';

const HELP = `
A running gateway makes room by itself (journal.keep_confirmed_ms, journal.when_full): this is for a journal that stays
full all the same, or that nobody keeps any more. Records inside the replay window are needed to refuse a code used
again after a restart: leave those of the last day. The newest record always stays.`;

interface TrimOptions extends DataFolderOptions {
  readonly through: number;
  readonly evenIfNotUploaded?: boolean;
}

/** The log needs a record until a checkpoint covers it and its hash is on disk. Throws UnusableError. */
function requireLogged(journalFolder: string, through: number): void {
  const folder = logFolder(journalFolder);
  const newest = readCheckpoints(checkpointFile(folder)).at(-1);
  if (newest && through > newest.size) {
    throw new UnusableError(
      `no checkpoint covers the records behind ${newest.size} yet: start the gateway first`,
    );
  }
  syncLogFiles(folder);
}

export function trimCommand(): Command {
  return addDataFolderOptions(new Command('trim'))
    .description('Forget old records, to make room.')
    .requiredOption('--through <position>', 'forget records up to this position', readCount)
    .option('--even-if-not-uploaded', 'also records that the platform has not confirmed: they are lost')
    .addHelpText('after', HELP)
    .action(({ through, evenIfNotUploaded, ...options }: TrimOptions) =>
      explained('trim', async () => {
        const dir = journalFolder(options);
        const journal = openJournal({ dir, durability: 'sync', maxBytes: Number.MAX_SAFE_INTEGER });
        try {
          requireLogged(dir, Math.min(through, journal.nextPosition - 2));
          const uploaded = journal.cursor(CURSORS.confirmed);
          if (through > uploaded && !evenIfNotUploaded) {
            throw new UnusableError(
              `the platform has confirmed only up to ${uploaded}; --even-if-not-uploaded loses the rest`,
            );
          }
          console.log(`forgot ${await journal.trim(through)} records`);
        } finally {
          await journal.close();
        }
      }),
    );
}
