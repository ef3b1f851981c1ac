/** `onecard demo`, which `npm start` runs: platform, gateway and a simulated station in one process. */
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Command, InvalidArgumentError, Option } from 'commander';
import colors from 'picocolors';
import { CRYPTO_PROFILES, type CryptoProfile } from '../../config/crypto-settings.ts';
import { loadScenes, type SceneTable } from '../../config/scenes.ts';
import { parseSettings, type Settings } from '../../config/settings.ts';
import { jwkOf } from '../../crypto/signature/jose.ts';
import { makeSigningKey } from '../../crypto/signature/key-files.ts';
import { type PrivateJwk, privateJwkOf } from '../../crypto/signature/private-jwk.ts';
import {
  createGateway,
  type Gateway,
  type GatewayAddress,
  type GatewayOptions,
  GatewayStartError,
} from '../../gateway/compose/compose.ts';
import { DeskError } from '../../gateway/desk/desk-error.ts';
import { openDeviceStore } from '../../gateway/devices/device-store.ts';
import { JournalError } from '../../gateway/journal/journal-error.ts';
import { createLog } from '../../gateway/observe/log.ts';
import { type FolderLock, FolderTakenError } from '../../gateway/storage/folder-lock.ts';
import { LmdbFileError } from '../../gateway/storage/lmdb-file.ts';
import { TransportError } from '../../gateway/transport/transport.ts';
import type { DeviceClass } from '../../gateway/verification.ts';
import { NEIGHBOURS } from '../../platform/cards/region-numbers.ts';
import { type City, createCity } from '../../platform/city.ts';
import { RESERVED_GUESTS } from '../../platform/holders/reserved-guests.ts';
import { rideCode } from '../../platform/issue/transit-qr.ts';
import type { NamedLists } from '../../platform/lists/named-lists.ts';
import { createPlatform, type Platform } from '../../platform/server.ts';
import { PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { isMember } from '../tap/choose-card.ts';
import { runOrExplain } from '../unusable.ts';
import { takeDemoFolder } from './demo-folder.ts';
import { DEMO_HOLDER_ON_CHIPS, type DemoNote, writeDemoNote } from './demo-note.ts';
import { deskSessions } from './desk-client.ts';
import { type DemoHotel, hotelSettings, openHotel, sharedWithHotel } from './hotel/demo-hotel.ts';
import { reservedGuests } from './hotel/sample-guests.ts';
import { recordsLine, Screen, summary } from './screen.ts';
import type { StationData, StationMessage, StationReport } from './station-thread.ts';
import { tryOutOf } from './try-out.ts';
import { DESK_SCENES } from './visitors.ts';

interface DemoOptions {
  readonly seed: string;
  readonly cards: number;
  readonly rate: number;
  readonly port: number;
  readonly data: string;
  readonly seconds?: number;
  readonly profile: CryptoProfile;
}

const GATEWAY_ID = 'demo';
/** As many as a device may have. */
const SCENES_PER_DEVICE = 64;
const DESK_ID = 'desk-1';
const PLATFORM_TOKEN = 'demo-platform-token';
/** The code for the curl line is good for this long, within what the scene is willing to remember. */
const CURL_CODE_VALIDITY_S = 400;

const HELP = `
Nothing needs to be set up. Passengers tap SM2 and RSA chip cards and show ride codes; most are honest, some show old
photographs, forged codes, changed cards, or pass a code on. Watch what becomes of each.

Examples:
  $ onecard demo
  $ onecard demo --rate 150 --seconds 30
  $ onecard demo --profile sm`;

const whole = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  }
  return value;
};

export function demoCommand(): Command {
  return new Command('demo')
    .description('Run a platform, a gateway and a simulated station, and watch.')
    .option('--rate <n>', 'passengers a second', whole(1, 500), 40)
    .option('--cards <n>', 'cards in the city', whole(1, 100_000), 1_000)
    .option('--seed <text>', 'the same seed brings the same people', 'onecard')
    .option('--port <n>', "the gateway's port; 0: any free one", whole(0, 65_535), 8790)
    .option(
      '--data <dir>',
      'where the demonstration keeps its data; else the first that is free',
      'data/demo',
    )
    .option('--seconds <n>', 'stop by itself after this long', whole(1, 86_400))
    .addOption(
      new Option('--profile <name>', 'whose algorithms are used: sm for SM2, SM3 and SM4')
        .choices(CRYPTO_PROFILES)
        .default('international'),
    )
    .addHelpText('after', HELP)
    .action((options: DemoOptions, command: Command) => {
      const chosen = command.getOptionValueSource('data') !== 'default';
      return runOrExplain('demo', EXPLAINED, () => demo(options, chosen));
    });
}

const EXPLAINED = [
  ...[FolderTakenError, JournalError, GatewayStartError, LmdbFileError, TransportError],
  DeskError,
];

async function demo(options: DemoOptions, chosen: boolean): Promise<void> {
  const screen = new Screen(process.stdout);
  screen.line(colors.bold('Onecard Gateway: a city in one process'));
  const { folder, lock } = takeDemoFolder(options.data, chosen, (line) => screen.line(`  ${line}`));
  try {
    await demoIn(folder, lock, options, screen);
  } finally {
    lock.release();
  }
  screen.line(
    colors.dim(`  the journal: npx onecard journal show --data ${relative('.', folder)} --limit 5`),
  );
}

async function demoIn(folder: string, lock: FolderLock, options: DemoOptions, screen: Screen): Promise<void> {
  const startedAtMs = Date.now();
  screen.line(`  making a city of ${options.cards.toLocaleString('en-US')} cards …`);
  const { seed, cards } = options;
  const city = createCity({
    ...{ seed, cards, now: startedAtMs, neighbours: NEIGHBOURS },
    holderOnChips: DEMO_HOLDER_ON_CHIPS,
  });
  const scenes = loadScenes(PRESENTABLE_FAMILIES);
  const platform = createPlatform({
    ...{ city, token: PLATFORM_TOKEN, profiles: [options.profile] },
    ...sharedWithHotel(folder),
    named: { ...namedLists(scenes, cards), [RESERVED_GUESTS]: reservedGuests(city) },
  });
  await platform.start();
  try {
    const station = await enrol(folder, 'station-1', 'gate', ['29/entry', '29/exit'], options.profile);
    const desk = await enrol(
      folder,
      DESK_ID,
      'desk',
      ['29/entry', '11/desk', ...DESK_SCENES],
      options.profile,
    );
    const visitors = await enrolEverywhere(folder, scenes, options.profile);
    let http = '';
    const session = deskSessions({ deviceId: DESK_ID, gatewayId: GATEWAY_ID, privateKey: desk }, () => http);
    const tryOut = tryOutOf({ city, http: () => http, session });
    let firstPassword: string | null = null;
    const onSaidOnce = (text: string) => {
      firstPassword = /password (\S+)/.exec(text)?.[1] ?? null;
    };
    screen.line('  starting the gateway and the desk of a hotel (its console is built the first time) …');
    const { gateway, address } = await startGateway(
      settings(options, folder, platform),
      { folderLock: lock, demonstration: { tryOut }, onSaidOnce },
      screen,
    );
    http = address.http;
    const hotel = await openHotel({ city, folder, deskUrl: address.desk ?? '', firstPassword });
    const about = { seed, cards, neighbours: [...NEIGHBOURS], now_ms: startedAtMs };
    writeDemoNote(folder, { http, gateway_id: GATEWAY_ID, ...about, devices: visitors });
    const curl = await curlLine(city, await session(), address, folder);
    printAddresses(screen, address, platform, curl);
    printHotel(screen, hotel);
    const { taps } = await run(options, screen, {
      gatewayId: GATEWAY_ID,
      url: address.gate,
      privateKey: station,
      desk: { http, deviceId: DESK_ID, privateKey: desk },
      startedAtMs,
    });
    await hotel.close();
    await gateway.stop();
    const { records } = platform.journalSummary();
    screen.line(`  ${recordsLine(records, taps)}`);
  } finally {
    await platform.stop();
  }
}

function settings(options: DemoOptions, folder: string, platform: Platform): Settings {
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  return parseSettings({
    gateway_id: GATEWAY_ID,
    data_dir: folder,
    crypto: { profile: options.profile },
    listen: { port: options.port },
    admin: { port: 0, page: true },
    platform: {
      url: platform.url,
      root_file: file('platform-root.json', platform.rootJson.toString('utf8')),
      ...(platform.sm2RootJson && {
        sm2_root_file: file('platform-sm2-root.json', platform.sm2RootJson.toString('utf8')),
      }),
      token_file: file('platform-token', PLATFORM_TOKEN),
    },
    hotel: hotelSettings(folder),
    log: { level: 'error' },
  });
}

/** A busy port does not spoil the demonstration: any free one will do. */
async function startGateway(
  first: Settings,
  options: Omit<GatewayOptions, 'log'>,
  screen: Screen,
): Promise<{ gateway: Gateway; address: GatewayAddress }> {
  const log = createLog(first.log.level, first.gateway_id);
  const gateway = createGateway(first, { log, ...options });
  try {
    return { gateway, address: await gateway.start() };
  } catch (cause) {
    await gateway.stop();
    const freed = withFreePort(first, cause as Error);
    if (freed === null) throw cause;
    screen.line(`  port ${freed.taken} is taken, using a free one`);
    return startGateway(freed.settings, options, screen);
  }
}

/** Null: it was not for a port that the start failed. */
function withFreePort(settings: Settings, cause: Error): { taken: number; settings: Settings } | null {
  const { listen, hotel } = settings;
  if (cause instanceof DeskError && hotel !== undefined && hotel.listen.port !== 0) {
    if (!cause.message.includes('EADDRINUSE')) return null;
    const free = { ...hotel, listen: { ...hotel.listen, port: 0 } };
    return { taken: hotel.listen.port, settings: { ...settings, hotel: free } };
  }
  if (listen.port === 0 || !cause.message.startsWith('cannot listen')) return null;
  return { taken: listen.port, settings: { ...settings, listen: { ...listen, port: 0 } } };
}

/** A device with a fresh key; one of the same name from an earlier run is replaced. */
async function enrol(
  folder: string,
  deviceId: string,
  deviceClass: DeviceClass,
  scenes: readonly string[],
  profile: CryptoProfile,
): Promise<PrivateJwk> {
  const key = makeSigningKey(profile === 'sm' ? 'SM2' : 'Ed25519');
  const store = openDeviceStore(join(folder, 'devices'));
  const publicKeyJwk = jwkOf(key.publicKey);
  const device = { deviceId, class: deviceClass, scenes, publicKeyJwk, enrolledAtMs: Date.now() };
  await store.registry.enrol(device, true);
  await store.close();
  return privateJwkOf(key);
}

/** Devices for `onecard tap`, which together are at every scene. */
async function enrolEverywhere(
  folder: string,
  { scenes }: SceneTable,
  profile: CryptoProfile,
): Promise<DemoNote['devices']> {
  const devices: DemoNote['devices'] = [];
  for (let at = 0; at < scenes.length; at += SCENES_PER_DEVICE) {
    const some = scenes.slice(at, at + SCENES_PER_DEVICE);
    const device_id = `visitor-${devices.length + 1}`;
    const private_key = await enrol(folder, device_id, 'desk', some, profile);
    devices.push({ device_id, scenes: some, private_key });
  }
  return devices;
}

/** Every list that a scene asks, each with every second card. */
function namedLists({ scenes, policyOf }: SceneTable, cards: number): NamedLists {
  const names = new Set(scenes.flatMap((scene) => policyOf(scene)?.asked?.lists ?? []));
  const members = Array.from({ length: cards }, (_, index) => ({ index })).filter(({ index }) =>
    isMember(index),
  );
  return Object.fromEntries([...names].map((name) => [name, members]));
}

async function curlLine(
  city: City,
  session: string,
  address: GatewayAddress,
  folder: string,
): Promise<string> {
  const honest =
    Array.from({ length: city.size }, (_, i) => i).find((i) => city.identity(i).state === 'good') ?? 0;
  const code = rideCode({
    account: city.card(honest).transit,
    nowMs: Date.now(),
    validity_s: CURL_CODE_VALIDITY_S,
  });
  const file = join(folder, 'tap.json');
  const credential = { hex: Buffer.from(code).toString('hex') };
  writeFileSync(file, JSON.stringify({ family: 'transit-qr', credential, context: {} }));
  return [
    `curl -s ${address.http}/v1/verifications -H 'content-type: application/json'`,
    `-H 'authorization: Bearer ${session}' -d @${relative('.', file)}`,
  ].join(' ');
}

function printAddresses(screen: Screen, address: GatewayAddress, platform: Platform, curl: string): void {
  for (const [what, where] of [
    ['look', `${address.http}/   (a page, with ride codes to try)`],
    ['gates', `${address.gate}   (docs/protocol.md)`],
    ['desks', `${address.http}/v1/verifications   (${address.http}/openapi.json)`],
    ['metrics', `${address.admin}/metrics`],
    ['readiness', `${address.admin}/readyz`],
    ['platform', platform.url],
  ]) {
    screen.line(`  ${colors.dim(String(what).padEnd(10))} ${where}`);
  }
  screen.line();
  screen.line('  A ride code to try. The first time it is let in, the second time it was used before:');
  screen.line(`  ${colors.cyan(curl)}`);
  screen.line();
  screen.line('  Any scene of the city, by anybody, and why:');
  screen.line(
    `  ${colors.cyan('npx onecard tap --scene 29/entry --as senior')}   (onecard scenes lists them)`,
  );
  screen.line();
}

function printHotel(screen: Screen, { deskUrl, guestsUrl, login }: DemoHotel): void {
  screen.line('  A hotel of that city. Sign in at its desk, and check a guest in:');
  screen.line(`  ${colors.dim('desk'.padEnd(10))} ${deskUrl}/   (${login.account} · ${login.password})`);
  screen.line(
    `  ${colors.dim('guests'.padEnd(10))} ${guestsUrl}/   (codes to scan, cards to lay on the reader)`,
  );
  screen.line();
}

async function run(
  options: DemoOptions,
  screen: Screen,
  where: Pick<StationData, 'gatewayId' | 'url' | 'privateKey' | 'desk' | 'startedAtMs'>,
): Promise<StationReport> {
  const { seed, cards, rate, seconds } = options;
  const workerData: StationData = { ...where, deviceId: 'station-1', citySeed: seed, cards, rate };
  const station = new Worker(new URL('./station-thread.ts', import.meta.url), { workerData });
  const leave = () => station.postMessage('leave');
  process.once('SIGINT', leave);
  process.once('SIGTERM', leave);
  const timer = seconds === undefined ? null : setTimeout(leave, seconds * 1_000);
  const began = performance.now();
  screen.line(colors.dim('  Ctrl-C drains and ends.'));
  let failed = 0;
  const last = await new Promise<StationReport>((resolve, reject) => {
    station.on('message', (message: StationMessage) => {
      if ('failed' in message) {
        failed += 1;
        if (failed === 1) screen.line(`  ${colors.red('a tap got no answer')}: ${message.failed}`);
      } else if (message.last) resolve(message);
      else screen.second(message);
    });
    station.on('error', reject);
  });
  if (timer) clearTimeout(timer);
  screen.line();
  for (const line of summary(last, (performance.now() - began) / 1_000, failed)) screen.line(line);
  return last;
}
