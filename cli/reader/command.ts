/** `onecard reader`: the agent at a desk's PC, between a card reader or scanner there and the hotel desk. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { ReaderAgent } from '../../client/reader/agent.ts';
import { ReaderAgentError } from '../../client/reader/agent-error.ts';
import { CardError } from '../../client/reader/card/card-error.ts';
import { ChipReader } from '../../client/reader/card/chip-reader.ts';
import {
  defaultPairingFile,
  keepPairing,
  pair,
  readDeskUrl,
  readPairing,
  trustAuthorities,
} from '../../client/reader/pairing.ts';
import type { ReaderSource } from '../../client/reader/sources/source.ts';
import type { ReaderState } from '../../client/reader/wire.ts';
import { runOrExplain, UnusableError } from '../unusable.ts';
import { type SourceOptions, sourcesOf, virtualPlaces } from './sources.ts';

const HELP = `
It is installed at the PC that the reader is plugged into, and needs no gateway there. It keeps nothing of a card and logs
nothing of one; a card is read only while somebody at the desk has asked for it.

  1. At the desk: Readers, "Pair a reader". It shows a code, good for five minutes.
  2. At this PC:  onecard reader pair --desk https://desk.example:8990 --code ABCD2345
  3. At this PC:  onecard reader run

Readers with and without contacts are those of the system's smart-card service. Debian: apt-get install pcscd. Windows: the
service "Smart Card" starts by itself. A scanner is named with --serial: it must send codes as they are, in its USB-CDC or
serial mode; one that types like a keyboard needs no agent.

To run it at every sign-in: Debian: deploy/systemd/onecard-reader.service, a unit of the user. Windows: a task of Task
Scheduler "at log on" with the program "onecard reader run".

Exit status: 0 stopped as asked, 1 no card could be read (test), 2 what it was given cannot be used or the desk does not know
the reader.`;

interface PairOptions {
  readonly desk: string;
  readonly code: string;
  readonly name: string;
  readonly ca?: string;
  readonly file: string;
}

interface RunOptions extends SourceOptions {
  readonly file: string;
}

export function readerCommand(): Command {
  return new Command('reader')
    .description('Connect the card reader or scanner of a PC to a hotel desk.')
    .addHelpText('after', HELP)
    .addCommand(pairCommand())
    .addCommand(runCommand())
    .addCommand(listCommand())
    .addCommand(testCommand());
}

const explained = (command: string, action: () => Promise<void>) =>
  runOrExplain(`reader ${command}`, [ReaderAgentError], action);

const fileOption = [
  '--file <file>',
  'where the pairing is kept, for you alone',
  defaultPairingFile(),
] as const;

function withSources(command: Command): Command {
  return command
    .option('--serial <port...>', 'serial scanner, such as /dev/ttyACM0 or COM3')
    .option('--baud <rate>', 'speed of serial scanners', readBaud, 115_200)
    .option('--virtual <host:port>', 'reader without hardware ("onecard virtual-card")', virtualPlaces)
    .option('--no-pcsc', 'leave the readers of the smart-card service alone');
}

function readBaud(text: string): number {
  const baud = /^\d{3,7}$/.test(text) ? Number(text) : 0;
  if (baud >= 300 && baud <= 3_000_000) return baud;
  throw new InvalidArgumentError('It must be from 300 to 3000000.');
}

function pairCommand(): Command {
  return new Command('pair')
    .description('Pair this PC with a desk, by the code that the desk shows.')
    .requiredOption('--desk <url>', 'address of the desk, such as https://desk.example:8990')
    .requiredOption('--code <code>', 'code that the desk shows')
    .option('--name <name>', 'how the desk shows this reader', hostname().slice(0, 64) || 'reader')
    .option(
      '--ca <file>',
      'authorities (PEM) to trust beside the system’s, where the desk has a certificate of its own',
    )
    .option(...fileOption)
    .action(({ desk, code, name, ca, file }: PairOptions) =>
      explained('pair', async () => {
        const caFile = ca ?? null;
        trustAuthorities(caFile);
        const pairing = await pair({
          url: readDeskUrl(desk),
          code: code.replaceAll('-', '').toUpperCase(),
          name,
          caFile,
        });
        keepPairing(file, pairing);
        console.log(`paired with ${pairing.desk} as ${name}; start it with: onecard reader run`);
      }),
    );
}

function runCommand(): Command {
  return withSources(new Command('run'))
    .description('Read cards and codes for the desk, until a signal asks it to stop.')
    .option(...fileOption)
    .action((options: RunOptions) =>
      explained('run', async () => {
        const pairing = readPairing(options.file);
        trustAuthorities(pairing.caFile);
        const refused = await runUntilAsked(pairing, requireSources(options));
        if (refused)
          throw new UnusableError(`${pairing.url} does not know this reader any more: pair it again`);
      }),
    );
}

/** Resolves with whether the desk turned it away. */
async function runUntilAsked(
  { url, token }: { readonly url: string; readonly token: string },
  sources: readonly ReaderSource[],
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const agent = new ReaderAgent({ url, token, sources, say, onRefused: () => resolve(true) });
  process.once('SIGINT', () => resolve(false)).once('SIGTERM', () => resolve(false));
  const refused = await promise;
  await agent.stop();
  return refused;
}

function listCommand(): Command {
  return withSources(new Command('list'))
    .description('List the readers and scanners that are plugged in.')
    .action((options: SourceOptions) =>
      explained('list', async () => {
        const { readers, why, stop } = await watch(requireSources(options));
        await stop();
        if (readers.length === 0) throw new UnusableError(why);
        for (const { name, kind, card } of readers) {
          console.log(
            `${name}: ${kind === 'scanner' ? 'scanner' : card === null ? 'no card' : 'a card lies on it'}`,
          );
        }
      }),
    );
}

function testCommand(): Command {
  return withSources(new Command('test'))
    .description(
      'Read the card that lies on the reader, and say whether a desk could prove it. No desk is asked.',
    )
    .action((options: SourceOptions) =>
      explained('test', async () => {
        const { readers, why, open, stop } = await watch(requireSources(options));
        try {
          if (readers.length === 0) throw new UnusableError(why);
          const name = readers.find(({ card }) => card !== null)?.name;
          if (name === undefined)
            throw new UnusableError('no card lies on a reader: put one on it, and try again');
          await readOnce(name, open);
        } finally {
          await stop();
        }
      }),
    );
}

async function readOnce(
  name: string,
  open: (name: string) => ReturnType<ReaderSource['open']>,
): Promise<void> {
  try {
    const card = await open(name);
    const unpredictableNumber = new Uint8Array(randomBytes(4));
    const { context, credential } = await new ChipReader(card)
      .read({ unpredictableNumber, nowMs: Date.now() })
      .finally(() => card.close());
    // Of the card: how it can be proven, and no number of it.
    console.log(`${name}: read; it signs by ${context.mode}, application ${credential.tags['84'] ?? ''}`);
  } catch (cause) {
    if (!(cause instanceof CardError)) throw cause;
    console.error(`onecard reader test: ${name}: ${cause.code}: ${cause.message}`);
    process.exitCode = 1;
  }
}

const NO_READER = 'no reader is plugged in, or its driver is missing (Debian: apt-get install pcscd libccid)';
/** By then a service has said what there is. */
const LOOK_MS = 1_500;

/** What there is a moment after the start. */
async function watch(sources: readonly ReaderSource[]) {
  const found = new Map<ReaderSource, readonly ReaderState[]>();
  let why = NO_READER;
  const said = (line: string) => {
    why = line;
  };
  for (const source of sources) {
    source.start({ changed: (readers) => found.set(source, readers), scanned: () => {}, said });
  }
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  return {
    readers: [...found.values()].flat(),
    /** Why there is none, where there is none. */
    why,
    open(name: string) {
      const source = [...found].find(([, readers]) => readers.some((each) => each.name === name))?.[0];
      if (source === undefined) throw new UnusableError(NO_READER);
      return source.open(name);
    },
    stop: async () => void (await Promise.all(sources.map((source) => source.stop()))),
  };
}

function requireSources(options: SourceOptions): readonly ReaderSource[] {
  const sources = sourcesOf(options);
  if (sources.length === 0)
    throw new UnusableError('--no-pcsc leaves no reader: name one with --serial or --virtual');
  return sources;
}

const say = (line: string) => void process.stderr.write(`${line}\n`);
