/** `onecard list`: card lists on disk. */
import { Command, InvalidArgumentError } from 'commander';
import { falsePositiveChance, openBase } from '../lists/base-table.ts';
import { CardList, revisionText } from '../lists/card-list.ts';
import { takeCensus } from '../lists/list-census.ts';
import { ListFileError } from '../lists/list-errors.ts';
import { readListFile } from '../lists/list-file.ts';
import type { ListHandle } from '../lists/list-handle.ts';
import { readLines } from '../workers/codecs/lines.ts';
import { listBuildCommand } from './list-build.ts';
import { CARD_LINE_BYTES_MAX, csvFields } from './list-lines.ts';
import { runOrExplain, UnusableError } from './unusable.ts';

const HELP = `
A list file is checked whole when it is read, but not for who made it: gateways take lists only as signed targets.

Exit status: 0 when it was done, 2 when the options, the input or the file cannot be used.`;

const LOOKUP_HELP = `
Cards are asked for on standard input, one a line, as issuer,credentialId (CSV); an answer is printed for each, in order,
without the card's number. --issuer and --id ask for one card instead, but arguments show in the list of processes and
in the shell's history: prefer standard input.

Answers: good, suspended, lost, replaced, cancelled; unknown (a card of a covered issuer that is not on the list);
not_covered (the list says nothing of that issuer's cards). The time is that of one look-up, the first in a cold process.

Examples:
  $ onecard list lookup cards.list < cards-to-ask.csv
  $ onecard list lookup cards.list --json --issuer cq-rail --id 1`;

const MAX_CARDS_DEFAULT = 100_000_000;
const MIB = 1_048_576;

interface FileOptions {
  readonly json?: boolean;
  readonly maxCards: number;
}

interface LookupOptions extends FileOptions {
  readonly issuer?: string;
  readonly id?: string;
}

export function listCommand(): Command {
  const command = new Command('list')
    .description('Build a card list, look into one, or ask it for a card.')
    .addHelpText('after', HELP)
    .addCommand(listBuildCommand())
    .addCommand(inspectCommand())
    .addCommand(lookupCommand());
  return command;
}

function addFileOptions(command: Command): Command {
  return command
    .argument('<file>', 'the list file')
    .option('--json', 'JSON, one object a line')
    .option('--max-cards <number>', 'a larger list is refused', readCount, MAX_CARDS_DEFAULT);
}

function inspectCommand(): Command {
  return addFileOptions(new Command('inspect'))
    .description('Show what a list is, how many cards are in each state, and what it takes.')
    .action((file: string, options: FileOptions) =>
      runOrExplain('list inspect', [ListFileError], async () => {
        const shown = inspect(await readListFile(file, options));
        process.stdout.write(options.json ? `${JSON.stringify(shown)}\n` : asText(shown));
      }),
    );
}

function inspect({ head, covers, base, size }: ListHandle) {
  const table = openBase(base);
  const { states, entitlementBits } = takeCensus(table);
  return {
    ...head,
    revisionText: revisionText(head),
    covers,
    cards: size,
    states,
    entitlementBits: Object.fromEntries(
      entitlementBits.flatMap((cards, bit) => (cards > 0 ? [[String(bit), cards]] : [])),
    ),
    exceptions: table.exceptions,
    memoryBytes: base.parts.reduce((sum, { byteLength }) => sum + byteLength, 0),
    /** Chance that a card not on the list is taken for one that is, a look-up. */
    falsePositiveChance: falsePositiveChance(table),
  };
}

function asText(shown: ReturnType<typeof inspect>): string {
  const time = (ms: number) => new Date(ms).toISOString();
  const counts = (each: Readonly<Record<string, number>>) =>
    Object.entries(each).map(([name, cards]): [string, string] => [`  ${name}`, String(cards)]);
  const lines: [string, string][] = [
    ['name', shown.name],
    ['revision', `${shown.revisionText} (generation ${shown.generation})`],
    ['chain hash', shown.chainHash],
    ['issued', time(shown.issuedAtMs)],
    ['fresh until', time(shown.freshUntilMs)],
    ['stale until', time(shown.staleUntilMs)],
    ['covers', shown.covers.join(', ')],
    ['cards', String(shown.cards)],
    ...counts(shown.states),
    ['with entitlement bit', ''],
    ...counts(shown.entitlementBits),
    ['memory', `${(shown.memoryBytes / MIB).toFixed(1)} MiB, ${shown.exceptions} exceptions`],
    [
      'false positives',
      `a chance of ${shown.falsePositiveChance.toExponential(1)} a look-up of an absent card`,
    ],
  ];
  return lines
    .map(([name, value]) => `${name.padEnd(22)}${value}`.trimEnd())
    .join('\n')
    .concat('\n');
}

function lookupCommand(): Command {
  return addFileOptions(new Command('lookup'))
    .description('Ask a list for cards.')
    .option('--issuer <issuer>', "one card's issuer")
    .option('--id <credentialId>', 'its credential id (shows in the list of processes)')
    .addHelpText('after', LOOKUP_HELP)
    .action((file: string, options: LookupOptions) =>
      runOrExplain('list lookup', [ListFileError], async () => {
        const { issuer, id } = options;
        if ((issuer === undefined) !== (id === undefined)) {
          throw new UnusableError('--issuer and --id go together');
        }
        const list = new CardList(await readListFile(file, options));
        if (issuer !== undefined && id !== undefined) answer(list, issuer, id, options);
        else await answerLines(list, options);
      }),
    );
}

async function answerLines(list: CardList, options: LookupOptions): Promise<void> {
  let line = 0;
  for await (const lines of readLines(process.stdin, CARD_LINE_BYTES_MAX)) {
    for (const each of lines) {
      line += 1;
      const fields = each === null ? 'too long' : csvFields(Buffer.from(each).toString('utf8'));
      const [issuer, id] = typeof fields === 'string' ? [] : fields;
      if (!issuer || !id || fields.length !== 2) {
        throw new UnusableError(`line ${line} of standard input is not issuer,credentialId`);
      }
      answer(list, issuer, id, options);
    }
  }
}

function answer(list: CardList, issuer: string, id: string, { json }: LookupOptions): void {
  const started = process.hrtime.bigint();
  const { state, entitlements } = list.lookup(issuer, id);
  const lookupNs = Number(process.hrtime.bigint() - started);
  const { revision } = list;
  process.stdout.write(
    json
      ? `${JSON.stringify({ state, entitlements, revision, lookupNs })}\n`
      : `${state}  entitlements ${entitlements} (0x${entitlements.toString(16)})  revision ${revision}  ${lookupNs} ns\n`,
  );
}

function readCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count)) throw new InvalidArgumentError('a whole number.');
  return count;
}
