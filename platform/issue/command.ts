/** `onecard issue`: presentations of test cards, ready for `onecard verify`. */
import { writeFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { CARDS_MAX, createCity } from '../city.ts';
import {
  chipsOption,
  endsWithTwo,
  explained,
  instant,
  regionOption,
  seedOption,
  wholeNumber,
} from '../command-options.ts';
import type { ChipMode } from './chip-card.ts';
import { presentationLine, SHOWN_FAMILIES, type Showing, type ShownFamily } from './presentations.ts';

const COUNT_MAX = 1_000_000;
/** What a shell reports for a program that SIGPIPE ended: 128 + 13. */
const BROKEN_PIPE_EXIT_CODE = 141;

const HELP = `
Prints one presentation a line. Everything comes from the seed: the same options print the same lines. The cards are
those of "onecard platform" with the same seed, region and chips, in the same year; each is proven, whatever its state
on the card list.

Exit status: 0, or 2 when the options cannot be used.

Examples:
  $ onecard issue --seed demo --family transit-qr --count 10 --trust-out trust.json > codes.jsonl
  $ onecard verify --trust trust.json --jsonl codes.jsonl
  $ onecard issue --seed demo --family chip-oda --chips rsa --mode cda --count 1000`;

interface Options {
  readonly seed: string;
  readonly region: string;
  readonly chips: 'sm2' | 'rsa' | 'both';
  readonly family: ShownFamily;
  readonly count: number;
  readonly first: number;
  readonly at?: number;
  readonly mode: ChipMode;
  readonly trustOut?: string;
}

export function issueCommand(): Command {
  const command = new Command('issue')
    .description('Print presentations of test cards, ready for "onecard verify".')
    .addOption(seedOption())
    .addOption(new Option('--family <family>', 'what is shown').choices(SHOWN_FAMILIES).makeOptionMandatory())
    .requiredOption('--count <count>', 'how many cards are shown', wholeNumber(0, COUNT_MAX))
    .option('--first <index>', 'index of the first card', wholeNumber(0, CARDS_MAX - COUNT_MAX), 0)
    .option('--at <instant>', 'when they are shown, such as 2026-11-20T08:00:00Z (default: now)', instant)
    .addOption(
      new Option('--mode <mode>', 'how a chip is asked').choices(['dda', 'cda', 'fdda']).default('dda'),
    )
    .option('--trust-out <file>', 'write the trust document they are proven with')
    .addOption(regionOption())
    .addOption(chipsOption())
    .addHelpText('after', HELP)
    .action((options: Options) => explained('issue', () => issue(options)));
  return endsWithTwo(command);
}

async function issue(options: Options): Promise<void> {
  const { seed, region, chips, family, count, first, mode, trustOut, at: atMs = Date.now() } = options;
  const city = createCity({ seed, region, chips, cards: first + count, now: atMs });
  if (trustOut !== undefined) writeFileSync(trustOut, `${JSON.stringify(city.trustDocument(), null, 2)}\n`);
  const lines = function* () {
    for (let index = first; index < first + count; index += 1) {
      const showing: Showing = { city, index, atMs, mode };
      yield `${JSON.stringify(presentationLine(family, showing))}\n`;
    }
  };
  try {
    await pipeline(lines, process.stdout, { end: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    process.exitCode = BROKEN_PIPE_EXIT_CODE;
  }
}
