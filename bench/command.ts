/** `onecard bench`: measures a gateway of its own, and leaves a report. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { cityCommand } from './city/command.ts';
import { Progress } from './drive/progress.ts';
import { exportTaps } from './fleet/export.ts';
import { openFleet } from './fleet/fleet.ts';
import { OTHER_FAMILIES } from './fleet/other-families.ts';
import { FAIL_ON_HELP, type Objective, parseFailOn } from './objective.ts';
import { type BenchOptions, DEFAULT_OPTIONS, OptionsError, type Target } from './options.ts';
import { othersOf, type Profile, ridesOf } from './profiles/profile.ts';
import { PROFILES } from './profiles/table.ts';
import { compareRuns } from './report/compare.ts';
import { prepareFolder, writeFolder } from './report/folder.ts';
import { parseResult, ResultError, type RunResult } from './report/result.ts';
import { comparisonTable, resultTable } from './report/table.ts';

const UNUSABLE_EXIT_CODE = 2;
const FAILED_EXIT_CODE = 1;
/** What a shell reports for a program that a signal ended. */
const SIGINT_EXIT_CODE = 130;
const SIGTERM_EXIT_CODE = 143;
const MS_PER_DAY = 86_400_000;

const FLEET = 'fleet';
const FLEET_CARDS = 100_000;
const EXPORTED_TAPS = 10_000;

const HELP = `
Profiles:
${PROFILES.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}
  ${FLEET.padEnd(12)}makes the cards of a fleet, and with --export taps of them as files
  ${'city'.padEnd(12)}the servers of a city under the traffic of a thousand gateways (onecard bench city --help)

It starts a gateway, a platform and generators on this machine, each in processes of their own. Every tap carries a
fresh signature, made before it is sent, has a time at which it is meant to leave, and one right answer; latency counts
from that time. Left behind: report.html to look at, report.md and junit.xml for pipelines, result.json to compare with
(docs/benchmarking.md).

A run passes when it held its objective: p99 within --slo-p99-ms, and no tap refused, lost or wrong; a flood and a
search for capacity ask less. --fail-on replaces single limits: p99=25,refused=0.1%,lost=any.

A gateway that runs already is measured with --url. It must follow the platform of the same city, and know the devices:
  $ onecard platform --seed bench --cards 10000 --chips both --listen 127.0.0.1:8791 --root-out root.json \\
      --token-file platform.token
  $ onecard device enroll --config gateway.json --id gate-1 --class gate --scene 29/entry \\
      --generate --private-key-out keys/gate-1.jwk
  $ onecard serve --config gateway.json
  $ onecard bench gates --url http://127.0.0.1:8790 --gateway-id gw-1 --devices keys

Exit status: 0 when it passed, 1 when it did not, 2 when the options or folders cannot be used.

Examples:
  $ onecard bench gates
  $ onecard bench capacity --family transit-qr
  $ onecard bench capacity --family chip-oda --chips sm2 --out bench-results/today
  $ onecard bench gates --rate 8000 --seconds 30 --baseline bench-results/yesterday/result.json
  $ onecard bench fleet --cards 100000 --export taps --taps 50000`;

interface Given {
  readonly rate?: number;
  readonly seconds?: number;
  readonly seed: string;
  readonly cards?: number;
  readonly connections: number;
  readonly generators: number;
  readonly process: 'poisson' | 'constant';
  readonly sloP99Ms: number;
  readonly family: string;
  readonly chips?: 'sm2' | 'rsa' | 'both';
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly fleets?: string;
  readonly failOn: Objective;
  readonly url?: string;
  readonly gatewayId?: string;
  readonly devices?: string;
  readonly out?: string;
  readonly baseline?: string;
  readonly json?: boolean;
  readonly export?: string;
  readonly taps: number;
}

export function benchCommand(): Command {
  const command = new Command('bench')
    .hook('preAction', leaveOnSignals)
    .description('Measure a gateway on this machine, and leave a report.')
    .addArgument(
      new Argument('<profile>', 'what is measured').choices([...PROFILES.map(({ name }) => name), FLEET]),
    )
    .option('--rate <taps/s>', 'arrivals a second; searches begin with it', positive)
    .option('--seconds <seconds>', 'length of what is measured', positive)
    .option('--seed <text>', 'the same seed sends the same taps', DEFAULT_OPTIONS.seed)
    .option('--cards <count>', 'cards of the fleet', whole(1, 20_000_000))
    .option(
      '--connections <count>',
      'gates, each with a connection',
      whole(1, 10_000),
      DEFAULT_OPTIONS.connections,
    )
    .option('--generators <count>', 'processes that send', whole(1, 256), DEFAULT_OPTIONS.generators)
    .addOption(
      new Option('--process <kind>', 'how arrivals follow one another')
        .choices(['poisson', 'constant'])
        .default(DEFAULT_OPTIONS.process),
    )
    .option('--slo-p99-ms <ms>', 'objective: p99 of the judged taps', positive, DEFAULT_OPTIONS.sloP99Ms)
    .option('--fail-on <limits>', FAIL_ON_HELP, failOn, {})
    .addOption(
      new Option('--family <family>', 'credentials that are shown')
        .choices(['transit-qr', 'chip-oda', 'both', ...OTHER_FAMILIES.map(({ family }) => family), 'all'])
        .default(DEFAULT_OPTIONS.family),
    )
    .addOption(new Option('--chips <algorithm>', 'chips of the cards').choices(['sm2', 'rsa', 'both']))
    .option('--settings <json>', 'settings of the gateway, such as \'{"workers":{"threads":2}}\'', object)
    .option('--url <address>', 'measure the gateway there, such as http://127.0.0.1:8790')
    .option('--gateway-id <id>', 'with --url: its gateway_id')
    .option('--devices <path>', 'with --url: private key of an enrolled device, ID.jwk, or a folder of them')
    .option('--fleets <folder>', 'where fleets are kept (default: the user’s cache)')
    .option('--out <folder>', 'where the report goes (default: bench-results/TIME-PROFILE)')
    .option('--baseline <file>', 'result.json of an earlier run, to compare with')
    .option('--export <folder>', 'with fleet: write taps for other load tools there')
    .option('--taps <count>', 'with fleet: how many', whole(1, 10_000_000), EXPORTED_TAPS)
    .option('--json', 'print the result instead of a table')
    .addHelpText('after', HELP)
    // Options behind `city` are its own.
    .enablePositionalOptions()
    .addCommand(cityCommand())
    .action((name: string, given: Given) =>
      explained(() => (name === FLEET ? makeFleet(given) : act(name, given))),
    );
  return command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : UNUSABLE_EXIT_CODE));
}

/** What a run has started and left on disk ends with this process, which a signal alone does not see to. */
function leaveOnSignals(): void {
  process.once('SIGINT', () => process.exit(SIGINT_EXIT_CODE));
  process.once('SIGTERM', () => process.exit(SIGTERM_EXIT_CODE));
}

async function act(name: string, given: Given): Promise<void> {
  const profile = PROFILES.find((each) => each.name === name) as Profile;
  const baseline = given.baseline === undefined ? null : readResult(given.baseline);
  const options = optionsOf(given);
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const folder = given.out ?? join('bench-results', `${stamp}-${name}`);
  prepareFolder(folder);
  const progress = new Progress(process.stderr);
  const { result } = await profile.run({ options, progress });
  progress.done();
  const compared = baseline === null ? undefined : compareRuns(baseline, result);
  writeFolder(folder, result, compared);
  if (given.json) {
    process.stdout.write(`${JSON.stringify(compared ? { ...result, compared } : result)}\n`);
  } else {
    process.stdout.write(`${resultTable(result)}\n`);
    if (compared) process.stdout.write(`\n${comparisonTable(compared)}\n`);
    process.stdout.write(`\n  ${join(folder, 'report.html')}\n`);
  }
  if (result.verdict?.passed !== true) process.exitCode = FAILED_EXIT_CODE;
}

async function makeFleet(given: Given): Promise<void> {
  const { seed, chips = 'both', cards = FLEET_CARDS, taps, export: folder } = given;
  const progress = new Progress(process.stderr);
  progress.step(`fleet of ${cards} cards`);
  const fleet = await openFleet({ seed, cards, chips }, (part) => progress.part(part), given.fleets);
  if (folder !== undefined) {
    progress.step(`${taps} taps`);
    if (othersOf(optionsOf(given)).others !== undefined) {
      throw new OptionsError(
        'bench fleet exports taps of transit-qr, chip-oda or both: others are signed when they are shown',
      );
    }
    const rides = ridesOf(optionsOf(given));
    await exportTaps(folder, { fleet, seed, taps, rides, onProgress: (part) => progress.part(part) });
  }
  progress.done();
  const made = fleet.madeInMs === null ? 'was there' : `made in ${(fleet.madeInMs / 1_000).toFixed(1)} s`;
  const told = {
    file: fleet.file,
    sha256: fleet.sha256,
    cards,
    made_in_ms: fleet.madeInMs,
    export: folder ?? null,
  };
  process.stdout.write(given.json ? `${JSON.stringify(told)}\n` : `fleet   ${fleet.file}, ${made}\n`);
  if (folder !== undefined && !given.json)
    process.stdout.write(`taps    ${folder}/README.md explains them\n`);
}

function optionsOf(given: Given): BenchOptions {
  const { seed, connections, generators, process: arrivals, sloP99Ms, family } = given;
  return {
    ...DEFAULT_OPTIONS,
    ...{ seed, connections, generators, process: arrivals, sloP99Ms, family },
    rate: given.rate ?? null,
    seconds: given.seconds ?? null,
    cards: given.cards ?? null,
    chips: given.chips ?? null,
    settings: given.settings ?? {},
    fleets: given.fleets ?? null,
    failOn: given.failOn,
    target: targetOf(given),
  };
}

/** Throws OptionsError where one of the three is given without the others. */
function targetOf({ url, gatewayId, devices, settings }: Given): Target | null {
  if (url === undefined) {
    if (gatewayId === undefined && devices === undefined) return null;
    throw new OptionsError('--gateway-id and --devices go with --url');
  }
  const { protocol, pathname } = URL.canParse(url) ? new URL(url) : { protocol: '', pathname: '' };
  if (!/^https?:$/.test(protocol) || pathname !== '/') {
    throw new OptionsError(`--url: ${JSON.stringify(url)} must be http://HOST:PORT or https://HOST:PORT`);
  }
  if (gatewayId === undefined)
    throw new OptionsError('--url needs --gateway-id, which tokens of devices name');
  if (devices === undefined) {
    throw new OptionsError(
      '--url needs --devices PATH, where onecard device enroll --generate left the private keys (--help shows how)',
    );
  }
  if (settings !== undefined)
    throw new OptionsError('--settings are of a gateway that the bench starts itself');
  return { url, gatewayId, devices };
}

function readResult(file: string): RunResult {
  try {
    return parseResult(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new OptionsError(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

async function explained(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof OptionsError || error instanceof ResultError)) throw error;
    process.stderr.write(`onecard bench: ${error.message}\n`);
    process.exitCode = UNUSABLE_EXIT_CODE;
  }
}

function failOn(text: string): Objective {
  try {
    return parseFailOn(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message.replace('--fail-on: ', ''));
  }
}

function positive(text: string): number {
  const value = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= MS_PER_DAY) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

function object(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {}
  throw new InvalidArgumentError('It must be a JSON object.');
}
