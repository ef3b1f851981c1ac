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
  UnusableError,
  wholeNumber,
} from '../command-options.ts';
import type { ChipMode } from './chip-card.ts';
import { faultsOf, presentationLine, SHOWN_FAMILIES } from './presentations.ts';
import type { Showing } from './showing.ts';

const COUNT_MAX = 1_000_000;
/** What a shell reports for a program that SIGPIPE ended: 128 + 13. */
const BROKEN_PIPE_EXIT_CODE = 141;

const HELP = () => `
Prints one presentation a line. Everything comes from the seed: the same options print the same lines. The cards are
those of "onecard platform" with the same seed, region and chips, in the same year; each is proven, whatever its state
on the card list, unless a fault was asked for. With --region sc, xz or gz they are a neighbour's: a platform of cq with
the same seed has its authorities in its trust, and its cards on no list.

Faults, by family:
${SHOWN_FAMILIES.map((family) => `  ${family.padEnd(12)}${faultsOf(family).join(', ')}`).join('\n')}

Exit status: 0, or 2 when the options cannot be used.

Examples:
  $ onecard issue --seed demo --family transit-qr --count 10 --trust-out trust.json > codes.jsonl
  $ onecard verify --trust trust.json --jsonl codes.jsonl
  $ onecard issue --seed demo --family chip-oda --chips rsa --mode cda --count 1000
  $ onecard issue --seed demo --family chip-oda --count 10 --nonce second --generation 2
  $ onecard issue --seed demo --family transit-qr --count 10 --fault wrong-signer
  $ onecard issue --seed demo --region sc --family chip-oda --count 10`;

interface Options {
  readonly seed: string;
  readonly region: string;
  readonly chips: 'sm2' | 'rsa' | 'both';
  readonly family: string;
  readonly count: number;
  readonly first: number;
  readonly at?: number;
  readonly mode: ChipMode;
  readonly trustOut?: string;
  readonly nonce?: string;
  readonly generation: number;
  readonly fault?: string;
  readonly statusList?: string;
  readonly holderOnChips: number;
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
    .option('--nonce <text>', 'what readers contribute is drawn from it: the same cards, shown once more')
    .option(
      '--generation <number>',
      'which chip of each card: 2 after it was replaced once',
      wholeNumber(1, 99),
      1,
    )
    .option('--fault <name>', 'make each wrong in one thing, so that it must be refused; see below')
    .option(
      '--status-list <uri>',
      'credentials that can say so have their status there, at the index of the card',
    )
    .option('--trust-out <file>', 'write the trust document they are proven with')
    .option(
      '--holder-on-chips <n>',
      'one chip in so many says who its holder is, signed by its issuer; 0: none',
      wholeNumber(0, CARDS_MAX),
      0,
    )
    .addOption(regionOption())
    .addOption(chipsOption())
    .addHelpText('after', HELP)
    .action((options: Options) => explained('issue', () => issue(options)));
  return endsWithTwo(command);
}

async function issue(options: Options): Promise<void> {
  const { seed, region, chips, family, count, first, mode, trustOut, at: atMs = Date.now() } = options;
  const { nonce = null, fault = null, generation, holderOnChips } = options;
  const faults = faultsOf(family);
  if (fault !== null && !faults.includes(fault)) {
    throw new UnusableError(`${family} has no fault ${fault}; there are: ${faults.join(', ')}`);
  }
  const { statusList } = options;
  const referring = statusList === undefined ? {} : { statusListUri: statusList };
  const city = createCity({
    seed,
    region,
    chips,
    cards: first + count,
    now: atMs,
    holderOnChips,
    ...referring,
  });
  if (trustOut !== undefined) writeFileSync(trustOut, `${JSON.stringify(city.trustDocument(), null, 2)}\n`);
  const lines = function* () {
    for (let index = first; index < first + count; index += 1) {
      const showing: Showing = { city, index, atMs, mode, chip: generation - 1, nonce, fault };
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
