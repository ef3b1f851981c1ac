/** `onecard journal show`: decisions, a line each. */

import { Command, InvalidArgumentError } from 'commander';
import { CRYPTO_PROFILES } from '../config/crypto-settings.ts';
import type { JournalReader } from '../gateway/journal/journal-reader.ts';
import { pseudonymsIfThere } from '../gateway/journal/pseudonym.ts';
import type { DecisionRecord } from '../gateway/journal/record/record.ts';
import { recordJson } from '../gateway/journal/record/record-json.ts';
import { toHex } from '../workers/codecs/hex.ts';
import { addDataFolderOptions, type DataFolderOptions } from './data-folder.ts';
import { type JournalFilter, matches, rangeOf } from './journal-filter.ts';
import { explained, FOUND_EXIT_CODE, journalFolder, withReader } from './journal-folder.ts';
import { startProgress } from './progress.ts';
import { readCount } from './read-count.ts';
import { readSecretLine } from './typed-secret.ts';
import { UnusableError } from './unusable.ts';

const SHOWN_RECORDS = 20;
const PAGE_RECORDS = 1_000;

const HELP = `
Without a filter the newest decisions are shown, with one all that match. A time is like 2026-11-20T08:00:00Z, or how
long ago: 90s, 10m, 2h, 7d.

A person is found by the card's number, or by the account of a ride code: --card asks for it without showing it, or reads
it from standard input. It is never an argument, where the shell's history and the list of processes would keep it. What
is printed is the pseudonym; --subject takes it.

Exit status: 0 when it was done, 1 when damaged records were passed over, 2 when options or journal cannot be used.

Examples:
  $ onecard journal show --data data --from 2h --scene 29/entry --code deny.replayed
  $ onecard journal show --data data --decision gw-1:9f1c2d3e4f506172:42 --json
  $ onecard journal show --config gateway.json --card --from 7d`;

interface ShowOptions extends DataFolderOptions, Omit<JournalFilter, 'subjects'> {
  readonly after?: number;
  readonly limit?: number;
  readonly json?: boolean;
  readonly subject?: string;
  readonly card?: boolean | string;
}

export function showCommand(): Command {
  return addDataFolderOptions(new Command('show'))
    .description('Show decisions, a line each: the newest, those after a position, or those that match.')
    .option('--after <position>', 'begin behind this position', readCount)
    .option(
      '--limit <records>',
      `show no more than this; default ${SHOWN_RECORDS} without a filter`,
      readCount,
    )
    .option('--from <time>', 'decided at or after', readTime)
    .option('--until <time>', 'decided before', readTime)
    .option('--device <name>', 'of this device')
    .option('--scene <name>', 'at this scene')
    .option('--code <code>', 'with this code, such as deny.replayed')
    .option('--decision <id>', 'the one with this id')
    .option('--subject <pseudonym>', 'of the person of this pseudonym, 32 hex digits', readSubject)
    .option('--card [nothing]', 'of the holder of a card, whose number is asked for')
    .option('--json', 'whole records, one JSON object a line')
    .addHelpText('after', HELP)
    .action((options: ShowOptions) => explained('show', () => show(options)));
}

async function show({ after, limit, json, card, config, data, ...given }: ShowOptions): Promise<void> {
  const folder = { ...(config !== undefined && { config }), ...(data !== undefined && { data }) };
  const print = (record: DecisionRecord) =>
    console.log(json ? JSON.stringify(recordJson(record)) : line(record));
  if (card === undefined && Object.keys(given).length === 0) {
    await withReader(folder, (reader) => page(reader, after, limit ?? SHOWN_RECORDS, print));
    return;
  }
  const { subject, ...others } = given;
  const subjects = card === undefined ? subject && [subject] : await subjectsOfCard(card, folder);
  const filter = { ...others, ...(subjects && { subjects }) };
  if (card !== undefined && subjects) console.error(`pseudonym ${subjects.join(', before ')}`);
  await withReader(folder, (reader) => {
    const damaged = scan(reader, filter, after ?? 0, limit ?? Number.POSITIVE_INFINITY, print);
    if (damaged === 0) return;
    console.error(`${damaged} damaged records were passed over: onecard journal verify names them`);
    process.exitCode = FOUND_EXIT_CODE;
  });
}

/** The newest records, or those after a position. */
function page(
  reader: JournalReader,
  after: number | undefined,
  limit: number,
  print: (record: DecisionRecord) => void,
): void {
  let position = after ?? Math.max(0, reader.lastPosition - limit);
  for (let left = limit; left > 0; ) {
    const records = reader.after(position, Math.min(left, PAGE_RECORDS));
    for (const record of records) print(record);
    left -= records.length;
    position = records.at(-1)?.position ?? position;
    if (records.length === 0) break;
  }
}

/** Returns how many damaged records were passed over. */
function scan(
  reader: JournalReader,
  filter: JournalFilter,
  after: number,
  limit: number,
  print: (record: DecisionRecord) => void,
): number {
  let [damaged, shown] = [0, 0];
  const range = rangeOf(filter, reader);
  const first = Math.max(range.first, after + 1);
  const progress = startProgress();
  const passedOver = () => {
    damaged += 1;
  };
  for (const record of reader.allAfter(first - 1, passedOver)) {
    const { position } = record;
    if (position > range.last || shown === limit) break;
    progress.at((position - first) / (range.last - first + 1), `position ${position} of ${range.last}`);
    if (!matches(filter, record)) continue;
    progress.done();
    print(record);
    shown += 1;
  }
  progress.done();
  return damaged;
}

/** What it is called in each profile that the journal was kept in. */
async function subjectsOfCard(card: boolean | string, folder: DataFolderOptions): Promise<string[]> {
  if (card !== true) {
    throw new UnusableError(
      'a card number is never an argument: the history of the shell would keep it. Give --card alone and type it, or ' +
        'send it to standard input',
    );
  }
  const place = journalFolder(folder);
  const names = CRYPTO_PROFILES.flatMap((profile) => pseudonymsIfThere(place, profile) ?? []);
  if (names.length === 0)
    throw new UnusableError(`${place} has no journal.key: without it nobody can tell whose a record is`);
  const number = (await readSecretLine('number of the card, or account'))
    .replaceAll(/[ -]/g, '')
    .toLowerCase();
  if (!/^[0-9a-f]{8,32}$/.test(number))
    throw new UnusableError('a card number or an account has 8 to 32 digits');
  return names.map(({ subject }) => toHex(subject(number)));
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function readTime(text: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,8})([smhd])$/.exec(text) ?? [];
  if (unit !== '') return Date.now() - Number(amount) * (UNITS_MS[unit] ?? 0);
  const ms = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw new InvalidArgumentError('a time such as 2026-11-20T08:00:00Z, or 2h for two hours ago.');
  return ms;
}

function readSubject(text: string): string {
  const subject = text.toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(subject)) throw new InvalidArgumentError('a pseudonym has 32 hex digits.');
  return subject;
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
