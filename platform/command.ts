/** `onecard platform`: the reference central platform on its own. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { createCity } from './city.ts';
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
} from './command-options.ts';
import { LISTED_CARDS_MAX } from './documents.ts';
import { createPlatform, type Platform, TOKEN_CHARACTERS_MIN } from './server.ts';

const HELP = `
A city's system of record for tests and demonstrations. Everything comes from the seed, so two runs agree on every key
and card. Gateways fetch the trust and the card list, signed by the platform's key, and hand in their journals:

  GET  /v1/trust             trust document, compact JWS
  GET  /v1/cards             card list, compact JWS
  POST /v1/journal           records, each kept once however often it is sent
  GET  /v1/journal/summary   how many arrived, from whom

Every request carries the token: "Authorization: Bearer TOKEN".

Ctrl-C answers what was accepted, then stops. Exit status: 0, or 2 when the options cannot be used.

Examples:
  $ onecard platform --seed demo --cards 100000
  $ onecard platform --seed demo --cards 100000 --listen 127.0.0.1:8791 --data platform-data \\
      --public-key-out platform.jwk --token-file platform.token`;

interface Options {
  readonly seed: string;
  readonly region: string;
  readonly chips: 'sm2' | 'rsa' | 'both';
  readonly cards: number;
  readonly listen: Address;
  readonly data?: string;
  readonly publicKeyOut?: string;
  readonly tokenFile?: string;
}

export function platformCommand(): Command {
  const command = new Command('platform')
    .description('Run the reference central platform.')
    .addOption(seedOption())
    .requiredOption('--cards <count>', 'how many cards the city has', wholeNumber(0, LISTED_CARDS_MAX))
    .option('--listen <host:port>', 'where it answers; port 0 takes any free one', address, {
      host: '127.0.0.1',
      port: 8791,
    })
    .option('--data <folder>', 'keep journals here; without it only their record ids are, in memory')
    .option('--public-key-out <file>', 'write the key that gateways check trust and lists with (JWK)')
    .option('--token-file <file>', 'token that gateways must send; made there if the file is new')
    .addOption(regionOption())
    .addOption(chipsOption())
    .addHelpText('after', HELP)
    .action((options: Options) => explained('platform', () => run(options)));
  // Commander would print an object.
  const listen = command.options.find(({ long }) => long === '--listen');
  listen?.default(listen.defaultValue, '127.0.0.1:8791');
  return endsWithTwo(command);
}

async function run(options: Options): Promise<void> {
  const { seed, region, chips, cards, listen, data, publicKeyOut, tokenFile } = options;
  const token = tokenFile === undefined ? newToken() : tokenIn(tokenFile);
  const platform = createPlatform({
    city: createCity({ seed, region, cards, chips }),
    token,
    ...listen,
    ...(data !== undefined && { dataDir: data }),
  });
  if (publicKeyOut !== undefined) {
    writeFileSync(publicKeyOut, `${JSON.stringify(platform.publicKeyJwk, null, 2)}\n`);
  }
  await platform.start();
  console.log(`platform   ${platform.url}   ${cards} cards of ${region}, test keys only`);
  console.log(tokenFile === undefined ? `token      ${token}   for this run` : `token      in ${tokenFile}`);
  if (publicKeyOut !== undefined) console.log(`key        in ${publicKeyOut}`);
  console.log(`try        curl -s -H "Authorization: Bearer $TOKEN" ${platform.url}/v1/journal/summary`);
  await stopSignal();
  await stop(platform);
}

async function stop(platform: Platform): Promise<void> {
  const { records, duplicates } = platform.journalSummary();
  await platform.stop();
  console.log(`stopped    ${records} journal records kept, ${duplicates} sent again`);
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

function newToken(): string {
  return randomBytes(24).toString('base64url');
}

/** The token in a file, which is made, for its owner's eyes only, where there is none. */
function tokenIn(file: string): string {
  try {
    writeFileSync(file, `${newToken()}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const token = readFileSync(file, 'utf8').trim();
  if (!/^[\x21-\x7e]+$/.test(token) || token.length < TOKEN_CHARACTERS_MIN) {
    throw new UnusableError(`${file} does not hold a token of ${TOKEN_CHARACTERS_MIN} characters or more`);
  }
  return token;
}
