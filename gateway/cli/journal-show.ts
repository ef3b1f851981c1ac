/** `onecard journal show`: decisions, a line each. */
import { Command } from 'commander';
import type { DecisionRecord } from '../journal/record.ts';
import { recordJson } from '../journal/record-json.ts';
import { addDataFolderOptions, type DataFolderOptions } from './data-folder.ts';
import { explained, withReader } from './journal-folder.ts';
import { readCount } from './read-count.ts';

const SHOWN_RECORDS = 20;
const PAGE_RECORDS = 1_000;

interface ShowOptions extends DataFolderOptions {
  readonly after?: number;
  readonly limit: number;
  readonly json?: boolean;
}

export function showCommand(): Command {
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
