/** `onecard journal`: what was decided, as it is kept. Works beside a running gateway. */
import { Command, InvalidArgumentError } from 'commander';
import { CURSORS } from '../journal/journal-cursors.ts';
import { openJournal } from '../journal/lmdb-journal.ts';
import type { DecisionRecord } from '../journal/record.ts';
import { recordJson } from '../journal/record-json.ts';
import { verifyJournal } from '../journal/verify-journal.ts';
import { addDataFolderOptions, type DataFolderOptions } from './data-folder.ts';
import { explained, FOUND_EXIT_CODE, journalFolder, withReader } from './journal-folder.ts';
import { replayCommand } from './journal-replay.ts';
import { UNUSABLE_EXIT_CODE, UnusableError } from './unusable.ts';

const SHOWN_RECORDS = 20;
const PAGE_RECORDS = 1_000;

const HELP = `
Subjects and cards appear as pseudonyms under the journal's key: the same one always has the same, and nobody can tell
whose it is without the key.

Exit status: 0 when it was done, 1 when verify or replay found something, 2 when options or journal cannot be used.

Examples:
  $ onecard journal show --data data
  $ onecard journal show --data data --after 0 --limit 100000 --json | grep '"deny.replayed"'
  $ onecard journal verify --config gateway.json
  $ onecard journal replay --config gateway.json`;

const TRIM_HELP = `
A running gateway makes room by itself (journal.keep_confirmed_ms, journal.when_full): this is for a journal that stays
full all the same, or that nobody keeps any more. Records inside the replay window are needed to refuse a code used
again after a restart: leave those of the last day. The newest record always stays.`;

interface ShowOptions extends DataFolderOptions {
  readonly after?: number;
  readonly limit: number;
  readonly json?: boolean;
}

interface TrimOptions extends DataFolderOptions {
  readonly through: number;
  readonly evenIfNotUploaded?: boolean;
}

export function journalCommand(): Command {
  const command = new Command('journal')
    .description('Show, check, judge again and trim the decisions a gateway keeps.')
    .addHelpText('after', HELP)
    .addCommand(showCommand())
    .addCommand(verifyCommand())
    .addCommand(replayCommand())
    .addCommand(trimCommand());
  for (const each of [command, ...command.commands]) {
    each.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : UNUSABLE_EXIT_CODE));
  }
  return command;
}

function showCommand(): Command {
  return addDataFolderOptions(new Command('show'))
    .description('Show decisions, a line each: the newest, or those after a position.')
    .option('--after <position>', 'begin behind this position', readCount)
    .option('--limit <records>', 'show no more than this', readCount, SHOWN_RECORDS)
    .option('--json', 'whole records, one JSON object a line')
    .action(({ after, limit, json, ...folder }: ShowOptions) =>
      explained('show', () =>
        withReader(folder, (reader) => {
          let position = after ?? Math.max(0, reader.lastPosition - limit);
          for (let left = limit; left > 0; ) {
            const records = reader.after(position, Math.min(left, PAGE_RECORDS));
            for (const record of records)
              console.log(json ? JSON.stringify(recordJson(record)) : line(record));
            left -= records.length;
            position = records.at(-1)?.position ?? position;
            if (records.length === 0) break;
          }
        }),
      ),
    );
}

function verifyCommand(): Command {
  return addDataFolderOptions(new Command('verify'))
    .description('Check that every record can be read, none is missing, and each is found by its tap.')
    .action((options: DataFolderOptions) =>
      explained('verify', () =>
        withReader(options, (reader) => {
          const { records, first, last, faults, faultCount } = verifyJournal(reader);
          for (const fault of faults) console.log(fault);
          const range = records === 0 ? 'no records' : `${records} records, positions ${first} to ${last}`;
          const uploaded = reader.cursor(CURSORS.confirmed);
          console.log(`${range}; confirmed by the platform up to ${uploaded}; ${faultCount} faults`);
          if (reader.epoch !== null) console.log(`epoch ${reader.epoch}`);
          if (faultCount > 0) process.exitCode = FOUND_EXIT_CODE;
        }),
      ),
    );
}

function trimCommand(): Command {
  return addDataFolderOptions(new Command('trim'))
    .description('Forget old records, to make room.')
    .requiredOption('--through <position>', 'forget records up to this position', readCount)
    .option('--even-if-not-uploaded', 'also records that the platform has not confirmed: they are lost')
    .addHelpText('after', TRIM_HELP)
    .action(({ through, evenIfNotUploaded, ...options }: TrimOptions) =>
      explained('trim', async () => {
        const dir = journalFolder(options);
        const journal = openJournal({ dir, durability: 'sync', maxBytes: Number.MAX_SAFE_INTEGER });
        try {
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

function line(record: DecisionRecord): string {
  const { position, tap, atMs, family, answer, proof, status, mode } = record;
  const { outcome, code, scene } = answer;
  const time = new Date(atMs).toISOString();
  const failed = proof.failed === null ? '' : ` (${proof.failed})`;
  const card = proof.ok ? `${proof.region} ${status.state}` : 'not proven';
  const seen = `${position} ${time} ${outcome} ${code}${failed} ${tap.deviceId} ${scene} ${family} ${card} ${mode}`;
  return [seen, ...remarks(record)].join(' ');
}

/** What is out of the ordinary in how a decision came about. */
function remarks({ modeForced, trustGrace, status: { live } }: DecisionRecord): string[] {
  return [
    ...(modeForced ? ['(forced)'] : []),
    ...(live === 'not_wanted' ? [] : [`live:${live}`]),
    ...(trustGrace ? ['trust-in-grace'] : []),
  ];
}

function readCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('a whole number.');
  return value;
}
