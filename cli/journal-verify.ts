/** `onecard journal verify`: whether what is kept is whole, and is what the gateway held itself to. */
import { Command } from 'commander';
import type { JournalReader } from '../gateway/journal/journal-reader.ts';
import { CURSORS } from '../gateway/journal/journal-tables.ts';
import { verifyLog } from '../gateway/journal/log/verify-log.ts';
import { verifyJournal } from '../gateway/journal/verify-journal.ts';
import { PlatformError } from '../gateway/outbound/platform-error.ts';
import { lmdbDataFile } from '../gateway/storage/lmdb-file.ts';
import { addDataFolderOptions } from './data-folder.ts';
import {
  addCheckpointOptions,
  type CheckpointOptions,
  type CollectedCheckpoints,
  collectCheckpoints,
} from './journal-checkpoints.ts';
import { explained, FOUND_EXIT_CODE, journalFolder, withReader } from './journal-folder.ts';
import { ofThisJournal } from './journal-lineage.ts';
import { startProgress } from './progress.ts';
import { walkApart } from './walk-apart.ts';

const HELP = `
Every record is hashed into the journal's tree, which is held against every checkpoint kept beside the journal, and those
of --checkpoint and --platform. What somebody with the data folder changed and signed again, only a checkpoint that was
kept elsewhere can tell: see docs/journal.md.

Exit status: 0 when all is as it was logged, 1 when something is not, 2 when options or journal cannot be used.

Examples:
  $ onecard journal verify --config gateway.json --platform
  $ onecard journal verify --data data --checkpoint june.txt`;

export function verifyCommand(): Command {
  return addCheckpointOptions(addDataFolderOptions(new Command('verify')))
    .description('Check that every record is there, can be read, and is the one that was logged.')
    .addHelpText('after', HELP)
    .action((options: CheckpointOptions) =>
      explained(
        'verify',
        () =>
          walkApart(`onecard journal verify: ${lmdbDataFile(journalFolder(options))}`, (at) =>
            verify(options, at),
          ),
        [PlatformError],
      ),
    );
}

async function verify(options: CheckpointOptions, at: (position: number) => void): Promise<void> {
  const collected = await collectCheckpoints(options);
  await withReader(options, (reader) => {
    const { records, first, last, faults, faultCount } = verifyJournal(reader, at);
    const log = verifiedLog(reader, collected);
    for (const line of [...faults, ...collected.faults, ...log.faults]) console.log(line);
    for (const remark of log.remarks) console.log(remark);
    const count = faultCount + collected.faults.length + log.faultCount;
    const range = records === 0 ? 'no records' : `${records} records, positions ${first} to ${last}`;
    const uploaded = reader.cursor(CURSORS.confirmed);
    console.log(`${range}; confirmed by the platform up to ${uploaded}; ${count} faults`);
    console.log(log.summary);
    if (reader.epoch !== null) console.log(`epoch ${reader.epoch}`);
    if (count > 0) process.exitCode = FOUND_EXIT_CODE;
  });
}

function verifiedLog(reader: JournalReader, { folder, held, keys }: CollectedCheckpoints) {
  const none = { faults: [], remarks: [], faultCount: 0 };
  if (held.length === 0) return { ...none, summary: 'no checkpoint to hold the records against' };
  const { own, faults, remarks } = ofThisJournal(reader, held);
  const progress = startProgress();
  const report = verifyLog({
    reader,
    folder,
    checkpoints: own,
    onProgress: (at, last) => progress.at(at / last, `${at} of ${last} records hashed`),
  });
  progress.done();
  const isKeyed = keys.length > 0;
  const unkeyed = isKeyed ? '' : '; signatures of checkpoints were not checked: the key is not here';
  return {
    faults: [...faults, ...report.faults],
    remarks,
    faultCount: faults.length + report.faultCount,
    summary: `${report.held} of ${held.length} checkpoints hold, up to position ${report.covered}${unkeyed}`,
  };
}
