/** `onecard list build`: a list file from cards, one a line. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { TextDecoder } from 'node:util';
import { Command, InvalidArgumentError, Option } from 'commander';
import { createPrivateFile } from '../gateway/storage/private-files.ts';
import { ListBuilder } from '../lists/list-builder.ts';
import { ListBuildError } from '../lists/list-errors.ts';
import { readLines } from '../workers/codecs/lines.ts';
import { CARD_LINE_BYTES_MAX, CSV_HEADER, type LineFormat, readCardLine } from './list-lines.ts';
import { startProgress } from './progress.ts';
import { runOrExplain, UnusableError } from './unusable.ts';

const HELP = `
Cards come one a line: CSV (${CSV_HEADER}; a first line of just these names is skipped) or JSON
({"issuer":"…","credentialId":"…","state":"good","entitlements":0}). States: good, suspended, lost, replaced, cancelled.
Entitlements: a whole number of 32 bits. Messages give line numbers and never a card's number.

A list says of its covered issuers' cards that are not on it: unknown. It is not signed; publishing it does that.

Examples:
  $ onecard list build --from cards.csv --covers cq-rail --out cards.list
  $ export-cards | onecard list build --from - --format jsonl --covers cq-rail cq-campus \\
      --generation-key-file generation.json --revision 8 --chain-hash 5f…  --out cards.list`;

const MS_PER_HOUR = 3_600_000;
const FAULTS_SHOWN = 20;
const CHUNK_BYTES = 1_048_576;
/** A collision comes once in about 100,000 lists of 20 million cards. */
const ATTEMPTS = 3;

interface BuildOptions {
  readonly from: string;
  readonly out: string;
  readonly format?: LineFormat;
  readonly name: string;
  readonly covers: readonly string[];
  readonly revision: number;
  readonly chainHash?: string;
  readonly generationKeyFile?: string;
  readonly freshHours: number;
  readonly staleHours: number;
}

interface GenerationKey {
  readonly generation: string;
  readonly hashKey: Uint8Array;
}

export function listBuildCommand(): Command {
  return new Command('build')
    .description('Build a list file from cards.')
    .requiredOption('--from <file>', 'the cards, one a line; - reads standard input')
    .requiredOption('--out <file>', 'the list file, written whole or not at all')
    .requiredOption('--covers <issuer...>', 'issuers all of whose cards are on the list')
    .addOption(
      new Option('--format <format>', 'of the lines; else by the name of the file').choices(['csv', 'jsonl']),
    )
    .option('--name <name>', 'cards, or the name of a named list', 'cards')
    .option('--revision <number>', 'where the list stands in its chain', readWhole, 1)
    .option('--chain-hash <hex>', 'SHA-256 of the newest link of its chain; of its generation when left out')
    .option(
      '--generation-key-file <file>',
      'generation and hash key, for revisions that deltas lead to; made when it is not there',
    )
    .option('--fresh-hours <hours>', 'how long it is fresh', readHours, 24)
    .option('--stale-hours <hours>', 'how long it may be used at all', readHours, 72)
    .addHelpText('after', HELP)
    .action((options: BuildOptions) =>
      runOrExplain('list build', [ListBuildError], async () => {
        const startedMs = performance.now();
        const cards = await buildWithRetries(options);
        const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
        console.log(`${options.out}: ${cards} cards, built in ${seconds} s`);
      }),
    );
}

async function buildWithRetries(options: BuildOptions): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await build(options);
    } catch (error) {
      const again = error instanceof ListBuildError && error.code === 'collision';
      const drawn = options.generationKeyFile === undefined && options.from !== '-';
      if (!again || !drawn || attempt === ATTEMPTS) throw error;
      console.error('two cards met under the hash key that was drawn: building again with another');
    }
  }
}

async function build(options: BuildOptions): Promise<number> {
  const { generation, hashKey } = generationKey(options.generationKeyFile);
  const issuedAtMs = Date.now();
  const builder = new ListBuilder({
    name: options.name,
    generation,
    hashKey,
    revision: options.revision,
    chainHash: options.chainHash ?? createHash('sha256').update(generation).digest('hex'),
    issuedAtMs,
    freshUntilMs: issuedAtMs + options.freshHours * MS_PER_HOUR,
    staleUntilMs: issuedAtMs + options.staleHours * MS_PER_HOUR,
    covers: options.covers,
  });
  const headerLines = await addLines(builder, options);
  try {
    builder.write(options.out);
  } catch (error) {
    if (!(error instanceof ListBuildError) || error.cards === null) throw error;
    const [one, other] = error.cards.map((card) => card + 1 + headerLines);
    throw new ListBuildError(error.code, `${error.message}: lines ${one} and ${other}`, error.cards);
  }
  return builder.size;
}

/** Adds every line's card; how many lines before the first card. Throws UnusableError with the first faults. */
async function addLines(builder: ListBuilder, { from, format: said, covers }: BuildOptions): Promise<number> {
  const format = said ?? formatOf(from);
  const covered = new Set(covers);
  const bytesInAll = from === '-' ? null : statSync(from).size;
  const input = from === '-' ? process.stdin : createReadStream(from, { highWaterMark: CHUNK_BYTES });
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const progress = startProgress();
  const faults: string[] = [];
  let faultyLines = 0;
  let line = 0;
  let bytes = 0;
  let headerLines = 0;
  for await (const lines of readLines(input as AsyncIterable<Uint8Array>, CARD_LINE_BYTES_MAX)) {
    for (const each of lines) {
      line += 1;
      bytes += (each?.length ?? CARD_LINE_BYTES_MAX) + 1;
      const text = each === null ? null : decoded(decoder, each, line === 1);
      if (line === 1 && format === 'csv' && text?.trimEnd() === CSV_HEADER) {
        headerLines = 1;
        continue;
      }
      const card = text === null ? 'too long, or not UTF-8' : readCardLine(text, format);
      if (typeof card !== 'string' && covered.has(card.issuer)) {
        builder.add(card.issuer, card.credentialId, card.state, card.entitlements);
        continue;
      }
      faultyLines += 1;
      const fault = typeof card === 'string' ? card : 'its issuer is none of those that --covers names';
      if (faults.length < FAULTS_SHOWN) faults.push(`  line ${line}: ${fault}`);
    }
    progress.at(bytesInAll === null ? null : Math.min(1, bytes / bytesInAll), `${builder.size} cards`);
  }
  progress.done();
  if (faultyLines > 0) {
    const more = faultyLines > faults.length ? [`  and ${faultyLines - faults.length} more`] : [];
    throw new UnusableError(
      `${faultyLines} of ${line} lines are unusable:\n${[...faults, ...more].join('\n')}`,
    );
  }
  return headerLines;
}

/** A byte order mark is no part of the first line. */
function decoded(decoder: TextDecoder, bytes: Uint8Array, first: boolean): string | null {
  try {
    const text = decoder.decode(bytes);
    return first && text.startsWith('\ufeff') ? text.slice(1) : text;
  } catch {
    return null;
  }
}

function formatOf(file: string): LineFormat {
  if (/\.csv$/i.test(file)) return 'csv';
  if (/\.(jsonl|ndjson)$/i.test(file)) return 'jsonl';
  throw new UnusableError('say how the lines are written: --format csv or --format jsonl');
}

/** Drawn anew without a file, read from it, or drawn and kept in it. */
function generationKey(file: string | undefined): GenerationKey {
  if (file !== undefined && existsSync(file)) return readGenerationKey(file);
  const drawn = { generation: randomBytes(16).toString('hex'), hashKey: randomBytes(16) };
  if (file !== undefined) {
    const kept = { generation: drawn.generation, hashKey: drawn.hashKey.toString('hex') };
    createPrivateFile(file, `${JSON.stringify(kept, null, 2)}\n`);
  }
  return drawn;
}

function readGenerationKey(file: string): GenerationKey {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new UnusableError(`cannot read ${file} as JSON`, { cause });
  }
  const { generation, hashKey } = (value ?? {}) as { generation?: unknown; hashKey?: unknown };
  if (!isHex(generation) || !isHex(hashKey)) {
    throw new UnusableError(`${file} does not hold generation and hashKey, 32 hex digits each`);
  }
  return { generation, hashKey: new Uint8Array(Buffer.from(hashKey, 'hex')) };
}

function isHex(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);
}

function readWhole(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw new InvalidArgumentError('a whole number.');
  return number;
}

function readHours(text: string): number {
  const hours = Number(text);
  if (!(hours > 0 && hours * MS_PER_HOUR <= 365 * 24 * MS_PER_HOUR * 10) || !/^[\d.]+$/.test(text)) {
    throw new InvalidArgumentError('a number of hours above 0.');
  }
  return Math.round(hours * MS_PER_HOUR) / MS_PER_HOUR;
}
