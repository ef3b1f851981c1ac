/** `onecard virtual-card`: test cards to lay on a reader that needs no hardware. */
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Command, Option } from 'commander';
import { CARDS_MAX, type City, createCity } from '../city.ts';
import {
  type Address,
  address,
  chipsOption,
  endsWithTwo,
  explained,
  regionOption,
  seedOption,
  UnusableError,
  wholeNumber,
} from '../command-options.ts';
import type { ChipMode } from '../issue/chip-card.ts';
import type { ChipApplicationOptions } from './chip-application.ts';
import { putOnDriver, VirtualReader } from './virtual-reader.ts';

const HELP = `
A line of standard input lays a card on the reader: its number. "off" takes it away. The cards are those of "onecard
platform" with the same seed, region and chips, in the same year. They are test cards: their keys are drawn from the seed.

With --listen it is the reader as well, for "onecard reader run --virtual 127.0.0.1:PORT". With --driver the reader is
vsmartcard's, which programs meet over PC/SC (Debian: vsmartcard-vpcd). That driver listens on all addresses: use it in
a network namespace, or behind a firewall.

Exit status: 0 at the end of standard input or when asked to stop, 2 when the options cannot be used.

Examples:
  $ onecard virtual-card --seed demo --listen 35964
  $ onecard virtual-card --seed demo --card 7 --driver 127.0.0.1:35963`;

interface Options {
  readonly seed: string;
  readonly region: string;
  readonly chips: 'sm2' | 'rsa' | 'both';
  readonly cards: number;
  readonly card?: number;
  readonly mode: ChipMode;
  readonly listen?: number;
  readonly driver?: Address;
}

export function virtualCardCommand(): Command {
  const command = new Command('virtual-card')
    .description('Lay test cards on a reader that needs no hardware.')
    .addOption(seedOption())
    .option('--cards <count>', 'how many cards there are', wholeNumber(1, CARDS_MAX), 1_000)
    .option('--card <number>', 'lay this one on it at once', wholeNumber(0, CARDS_MAX - 1))
    .addOption(
      new Option('--mode <mode>', 'how chips let themselves be proven')
        .choices(['dda', 'cda', 'fdda'])
        .default('dda'),
    )
    .option(
      '--listen <port>',
      'be the reader, on this machine alone; 0: any free port',
      wholeNumber(0, 65_535),
    )
    .option('--driver <host:port>', 'vsmartcard’s reader, usually 127.0.0.1:35963', address)
    .addOption(regionOption())
    .addOption(chipsOption())
    .addHelpText('after', HELP)
    .action((options: Options) => explained('virtual-card', () => serve(options)));
  return endsWithTwo(command);
}

/** Where cards are laid. */
interface Place {
  put(card: ChipApplicationOptions): Promise<void>;
  remove(): void;
  close(): Promise<void>;
}

async function serve(options: Options): Promise<void> {
  const { seed, region, chips, cards, card, mode } = options;
  const city = createCity({ seed, region, chips, cards });
  const place = await placeOf(options);
  const put = async (index: number) => {
    await place.put({ chip: city.card(index).chip, mode });
    say(`card ${index} lies on the reader`);
  };
  if (card !== undefined) await put(numberOf(city, String(card)));
  const lines = createInterface({ input: process.stdin });
  const stop = () => lines.close();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  for await (const line of lines) {
    const text = line.trim();
    if (text === '') continue;
    try {
      if (text === 'off') {
        place.remove();
        say('no card lies on the reader');
      } else await put(numberOf(city, text));
    } catch (cause) {
      say((cause as Error).message);
    }
  }
  await place.close();
}

async function placeOf({ listen, driver }: Options): Promise<Place> {
  if ((listen === undefined) === (driver === undefined)) {
    throw new UnusableError('give either --listen PORT or --driver HOST:PORT');
  }
  if (driver !== undefined) return onDriver(driver);
  const reader = new VirtualReader();
  say(`the reader is at 127.0.0.1:${await reader.listen(listen)}`);
  return {
    put: async (card) => reader.put(card),
    remove: () => reader.remove(),
    close: () => reader.close(),
  };
}

function onDriver(driver: Address): Place {
  let socket: Socket | null = null;
  const remove = () => {
    socket?.destroy();
    socket = null;
  };
  return {
    remove,
    async put(card) {
      remove();
      socket = await putOnDriver(card, driver);
    },
    close: async () => remove(),
  };
}

function numberOf(city: City, text: string): number {
  const index = /^\d{1,8}$/.test(text) ? Number(text) : Number.NaN;
  if (index < city.size) return index;
  throw new UnusableError(
    `${JSON.stringify(text)} is no card: say a number from 0 to ${city.size - 1}, or off`,
  );
}

const say = (line: string) => void process.stdout.write(`${line}\n`);
