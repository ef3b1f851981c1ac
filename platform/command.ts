/** `onecard platform`: the reference central platform on its own. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { loadScenes, ScenesError } from '../config/scenes.ts';
import { type BusCommandOptions, busCommandOptions, busFrom } from './bus/bus-command-options.ts';
import { lifeHelp } from './cards/life.ts';
import { CARDS_MAX, type City, type CityOptions, createCity } from './city.ts';
import {
  type Address,
  address,
  chipsOption,
  endsWithTwo,
  explained,
  neighboursOf,
  neighboursOption,
  profileOption,
  profilesNamed,
  regionOption,
  seedOption,
  UnusableError,
  wholeNumber,
} from './command-options.ts';
import { type Control, startControl } from './control-server.ts';
import { type Fault, faultHelp, parseFault } from './faults.ts';
import { RESERVED_GUESTS } from './holders/reserved-guests.ts';
import { SHOWN_TRAITS } from './issue/shown-traits.ts';
import { createPlatform, type Platform, type PlatformOptions, TOKEN_CHARACTERS_MIN } from './server.ts';

const HELP = `
A city's system of record for tests and demonstrations. Everything comes from the seed, so two runs agree on every key
and card. Gateways fetch trust and lists as a TUF repository, follow signed deltas, ask for live status, and hand in
their journals (docs/platform.md):

  GET  /v1/tuf/metadata/FILE    metadata; the first root, for gateways to begin with, is what --root-out writes
  GET  /v1/tuf/targets/FILE     trust and lists
  GET  /v1/lists/cards/deltas   changes of the card list since a revision; waits for the next one
  POST /v1/status               what is true of some credentials now
  POST /v1/matches              whether a card is that of a person with this name and number, by keyed hashes
  POST /v1/pins                 whether this is the holder's PIN
  GET  /v1/health               that it answers, and its clock
  POST /v1/journal              records, each kept once however often it is sent
  POST /v1/journal/epochs       where an epoch forks from another
  GET  /v1/journal/summary      how many arrived, from whom
  GET  /v1/replays              what was accepted twice, for who has the token of --people-token-file
  GET  /v1/replays/GATEWAY      what became of what a gateway accepted alone
  POST /v1/rejudgements         what was decided offline and would be decided otherwise now

Every request carries the token: "Authorization: Bearer TOKEN".

Faults, for --fault and for PUT /control/fault, where the last of them is {"fault":"clock_off","offset_ms":-3600000}:

${faultHelp()}

With --control HOST:PORT, beside it and never under a fault; without --control-token-file for the loopback only:

  PUT    /control/token-status  {"index":7,"value":1}: 0 valid, 1 invalid, 2 suspended, on the status list of tokens
  PUT    /control/fault         puts the platform under a fault
  DELETE /control/fault         ends it
  PUT    /control/city          the body, a city document as JSON, is published in place of the one before
  DELETE /control/city          publishes none any more; gateways keep the one they have
  POST   /control/publish       {"cards":[{"index":7,"state":"lost"}],"replace":[{"index":8}]}, as one delta
  GET    /control/cards/INDEX   what is true of a card
  POST   /control/cards/INDEX/EVENT   what happens to it, published at once as one delta:

${lifeHelp()}

  POST   /control/snapshot      publishes a new snapshot of the card list

Ctrl-C answers what was accepted, then stops. Exit status: 0, or 2 when the options cannot be used.

Examples:
  $ onecard platform --seed demo --cards 100000
  $ onecard platform --seed demo --cards 100000 --listen 127.0.0.1:8791 --data platform-data \\
      --root-out root.json --token-file platform.token --control 127.0.0.1:8792
  $ curl -X PUT -H 'content-type: application/json' -d '{"fault":"slow","delay_ms":2000}' \\
      http://127.0.0.1:8792/control/fault`;

interface Options extends BusCommandOptions {
  readonly seed: string;
  readonly region: string;
  readonly neighbours?: readonly string[];
  readonly chips: 'sm2' | 'rsa' | 'both';
  readonly cards: number;
  readonly listen: Address;
  readonly data?: string;
  readonly profile: 'international' | 'sm' | 'both';
  readonly rootOut?: string;
  readonly sm2RootOut?: string;
  readonly tokenFile?: string;
  readonly snapshot?: string;
  readonly freshS: number;
  readonly staleS: number;
  readonly graceS: number;
  readonly deltasKept: number;
  readonly tokenStatus?: number;
  readonly city?: string;
  readonly fault?: Fault;
  readonly control?: Address;
  readonly controlTokenFile?: string;
  readonly journalsWaitS: number;
  readonly peopleTokenFile?: string;
  readonly matchKeyFile?: string;
  readonly pinSecretFile?: string;
  readonly reserved?: number;
}

const HOUR_S = 3_600;
const YEAR_S = 8_760 * HOUR_S;

export function platformCommand(): Command {
  const seconds = wholeNumber(1, YEAR_S);
  const command = new Command('platform')
    .description('Run the reference central platform.')
    .addOption(seedOption())
    .requiredOption('--cards <count>', 'how many cards the city has', wholeNumber(0, CARDS_MAX))
    .option('--listen <host:port>', 'where it answers; port 0 takes any free one', address, {
      host: '127.0.0.1',
      port: 8791,
    })
    .option('--data <folder>', 'keep publications and journals here; without it they end with the run')
    .option('--root-out <file>', 'write the first root of trust, which gateways are given (root.json)')
    .addOption(profileOption())
    .option(
      '--sm2-root-out <file>',
      'write the first root of the SM2 keys (sm2-root.json), for gateways of crypto.profile sm',
    )
    .option('--token-file <file>', 'token that gateways must send; made there if the file is new')
    .option('--snapshot <file>', 'a card list that is built already (onecard list build)')
    .option('--fresh-s <seconds>', 'how long the card list is fresh', seconds, 6 * HOUR_S)
    .option('--stale-s <seconds>', 'how long it may be used at all', seconds, 72 * HOUR_S)
    .option(
      '--grace-s <seconds>',
      'how long past its expiry trust may be used',
      wholeNumber(0, YEAR_S),
      259_200,
    )
    .option('--deltas-kept <count>', 'deltas before a new snapshot', wholeNumber(1, 100_000), 1_000)
    .option(
      '--token-status <seconds>',
      'trust names its status list of tokens, which gateways fetch so often; for onecard issue --status-list',
      wholeNumber(1, 86_400),
    )
    .option(
      '--city <path>',
      'publish this city document, a folder or a file, to gateways that follow it (platform.follow_city); SIGHUP reads it again',
    )
    .option('--fault <fault>', 'begin under a fault (see below), such as slow:2000', faultOption)
    .option('--control <host:port>', 'listen here for faults and publications', address)
    .option('--control-token-file <file>', 'token that those must carry; made there if the file is new')
    .option(
      '--journals-wait-s <seconds>',
      'how long a journal may be on its way, for what is accepted twice',
      seconds,
      72 * HOUR_S,
    )
    .option(
      '--people-token-file <file>',
      "token of the platform's own people, for GET /v1/replays; made there if the file is new",
    )
    .option('--match-key-file <file>', 'key that desks hash names and numbers under: 32 bytes in hex')
    .option('--pin-secret-file <file>', 'secret that PINs are hashed with for desks: 16 to 64 bytes in hex')
    .option(
      '--reserved <count>',
      'publish the list reserved-guests with the first so many cards; needs --match-key-file',
      wholeNumber(0, 10_000),
    )
    .addOption(regionOption())
    .addOption(neighboursOption())
    .addOption(chipsOption())
    .addHelpText('after', HELP)
    .action((options: Options) => explained('platform', () => run(options)));
  for (const option of busCommandOptions()) command.addOption(option);
  // Commander would print an object.
  const listen = command.options.find(({ long }) => long === '--listen');
  listen?.default(listen.defaultValue, '127.0.0.1:8791');
  return endsWithTwo(command);
}

function faultOption(text: string): Fault {
  const fault = parseFault(text);
  if (fault === null) throw new InvalidArgumentError('It must be one of those that --help explains.');
  return fault;
}

async function run(options: Options): Promise<void> {
  const token = options.tokenFile === undefined ? newToken() : tokenIn(options.tokenFile);
  const city = usable(() => createCity(cityOptions(options)));
  const platform = usable(() => platformOf(options, city, token));
  if (options.rootOut !== undefined) writeFileSync(options.rootOut, platform.rootJson);
  if (options.sm2RootOut !== undefined) {
    const { sm2RootJson } = platform;
    if (sm2RootJson === null)
      throw new UnusableError('--sm2-root-out: without --profile sm or both there is no such root');
    writeFileSync(options.sm2RootOut, sm2RootJson);
  }
  await usableLater(platform.start());
  let control: Control | null = null;
  try {
    if (options.tokenStatus !== undefined) {
      const statusLists = [platform.tokenStatus.source];
      await platform.publish({ trust: { ...city.trustDocument(), statusLists } });
    }
    const hangup = await followCityOf(options, platform);
    control = await startControlOf(options, platform);
    printAddresses(options, token, platform, control);
    platform.setFault(options.fault ?? null);
    await stopSignal();
    hangup();
  } finally {
    await control?.stop();
    await stop(platform);
  }
}

function cityOptions({ seed, region, neighbours, cards, chips }: Options): CityOptions {
  return { seed, region, neighbours: neighboursOf(region, neighbours), cards, chips };
}

function platformOf(options: Options, city: City, token: string): Platform {
  const { listen, data, snapshot } = options;
  return createPlatform({
    city,
    token,
    ...listen,
    profiles: profilesNamed(options.profile),
    ...(data !== undefined && { dataDir: data }),
    ...(snapshot !== undefined && { snapshotFile: snapshot }),
    ...holderOptions(options),
    ...busOptions(options),
    fresh_ms: options.freshS * 1_000,
    stale_ms: options.staleS * 1_000,
    offline_grace_s: options.graceS,
    deltas_kept: options.deltasKept,
    journals_wait_ms: options.journalsWaitS * 1_000,
    ...(options.peopleTokenFile !== undefined && { peopleToken: tokenIn(options.peopleTokenFile) }),
    ...(options.tokenStatus !== undefined && { token_status_ttl_s: options.tokenStatus }),
  });
}

function busOptions(options: Options): Partial<PlatformOptions> {
  const bus = busFrom(options);
  if (bus === undefined) return {};
  let told = '';
  const onBusFault = ({ message }: Error) => {
    if (message !== told) console.error(`onecard platform: the bus: ${message}`);
    told = message;
  };
  return { bus, onBusFault };
}

function holderOptions({ matchKeyFile, pinSecretFile, reserved }: Options): Partial<PlatformOptions> {
  const cards = Array.from({ length: reserved ?? 0 }, (_, index) => ({ index }));
  return {
    ...(matchKeyFile !== undefined && { matchKey: hexBytesIn(matchKeyFile, 32, 32) }),
    ...(pinSecretFile !== undefined && { pinSecret: hexBytesIn(pinSecretFile, 16, 64) }),
    ...(reserved !== undefined && { named: { [RESERVED_GUESTS]: cards } }),
  };
}

/** Publishes the document of `--city` now and at each SIGHUP, until what is returned is called. */
async function followCityOf({ city: path }: Options, platform: Platform): Promise<() => void> {
  if (path === undefined) return () => {};
  const publish = async () => {
    const { document, revision } = loadScenes(SHOWN_TRAITS, path);
    await platform.publish({ city: document });
    console.log(`city       ${path}   revision ${revision}`);
  };
  await usableLater(publish());
  const again = () => {
    publish().catch((error: Error) => console.error(`onecard platform: not published: ${error.message}`));
  };
  process.on('SIGHUP', again);
  return () => process.off('SIGHUP', again);
}

async function startControlOf(options: Options, platform: Platform): Promise<Control | null> {
  const { control, controlTokenFile } = options;
  if (control === undefined) return null;
  const token = controlTokenFile === undefined ? null : tokenIn(controlTokenFile);
  return await usableLater(startControl({ platform, ...control, token }));
}

function printAddresses(options: Options, token: string, platform: Platform, control: Control | null): void {
  const { cards, region, tokenFile, rootOut, fault } = options;
  console.log(`platform   ${platform.url}   ${cards} cards of ${region}, test keys only`);
  console.log(tokenFile === undefined ? `token      ${token}   for this run` : `token      in ${tokenFile}`);
  console.log(`root       ${rootOut ?? '--root-out FILE writes it'}   for gateways: platform.root_file`);
  if (platform.sm2RootJson) {
    const file = options.sm2RootOut ?? '--sm2-root-out FILE writes it';
    console.log(`sm2 root   ${file}   for gateways: platform.sm2_root_file`);
  }
  if (options.tokenStatus !== undefined) console.log(`statuses   ${platform.tokenStatus.source.uri}`);
  if (options.bus) console.log(`bus        ${options.bus.join(', ')}   cluster ${options.busCluster}`);
  if (control) console.log(`control    ${control.url}/control/fault`);
  if (fault) console.log(`fault      ${JSON.stringify(fault)}`);
  console.log(`try        curl -s -H "Authorization: Bearer $TOKEN" ${platform.url}/v1/health`);
}

/** What does not fit together is the user's to put right. */
function usable<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof RangeError ? new UnusableError(error.message) : error;
  }
}

async function usableLater<T>(made: Promise<T>): Promise<T> {
  try {
    return await made;
  } catch (error) {
    const isUsers = error instanceof RangeError || error instanceof ScenesError;
    throw isUsers ? new UnusableError((error as Error).message) : error;
  }
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

/** Bytes in hex in a file. */
function hexBytesIn(file: string, min: number, max: number): Uint8Array {
  const text = readFileSync(file, 'utf8').trim();
  const bytes = Buffer.from(text, 'hex');
  if (bytes.length * 2 !== text.length || bytes.length < min || bytes.length > max) {
    throw new UnusableError(`${file} does not hold ${min === max ? min : `${min} to ${max}`} bytes in hex`);
  }
  return bytes;
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
