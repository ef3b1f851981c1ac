/** `onecard journal verify`: whether what is kept is whole. */
import { Command } from 'commander';
import { CURSORS } from '../journal/journal-cursors.ts';
import { verifyJournal } from '../journal/verify-journal.ts';
import { lmdbDataFile } from '../storage/lmdb-file.ts';
import { addDataFolderOptions, type DataFolderOptions } from './data-folder.ts';
import { explained, FOUND_EXIT_CODE, journalFolder, withReader } from './journal-folder.ts';
import { walkApart } from './walk-apart.ts';

export function verifyCommand(): Command {
  return addDataFolderOptions(new Command('verify'))
    .description('Check that every record can be read, none is missing, and each is found by its tap.')
    .action((options: DataFolderOptions) =>
      explained('verify', () =>
        walkApart(`onecard journal verify: ${lmdbDataFile(journalFolder(options))}`, (at) =>
          withReader(options, (reader) => {
            const { records, first, last, faults, faultCount } = verifyJournal(reader, at);
            for (const fault of faults) console.log(fault);
            const range = records === 0 ? 'no records' : `${records} records, positions ${first} to ${last}`;
            const uploaded = reader.cursor(CURSORS.confirmed);
            console.log(`${range}; confirmed by the platform up to ${uploaded}; ${faultCount} faults`);
            if (reader.epoch !== null) console.log(`epoch ${reader.epoch}`);
            if (faultCount > 0) process.exitCode = FOUND_EXIT_CODE;
          }),
        ),
      ),
    );
}
