/** `onecard bench city`: the servers of a city under the traffic of all its gateways, and the model beside. */
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { Progress } from '../drive/progress.ts';
import { OptionsError } from '../options.ts';
import { tableLines } from '../report/table.ts';
import { runCity } from './city.ts';
import { cityTable } from './city-table.ts';
import { FIGURES } from './measured-figures.ts';
import { scaleTables } from './scale-tables.ts';

const UNUSABLE_EXIT_CODE = 2;
const FAILED_EXIT_CODE = 1;
const RATES = [1_000, 3_000, 10_000, 30_000];
const RATES_MAX = 16;

const HELP = `
It starts a nats-server and a redis-server on this machine (.ci/cluster-tools and Debian's redis-server; or those that --nats and
--store name), and in one process the gateways of a city by the modules that real ones use: each has a connection to the bus with a
cursor of its own and uploads in order, and one to the store. A platform publishes signed deltas, reads journals and confirms.
What a gateway does with it is not there: nothing is verified, judged or kept.

First each kind of traffic runs alone. What it took is the model: operations, bytes and processor time per question, upload,
record, delta and word of a gateway. Then all of them run together at each rate, and the model is printed beside the measurement.
Questions are asked at times that are drawn from the seed, and latency counts from those. Beside them the same questions go over
one bare connection: the least that is possible here.

Servers, gateways and platform share this machine. It is a bound where questions leave late, which is said; processor time per
operation holds all the same.

--model prints what cores, gateways and cities need, from the figures in docs/scale.md, and measures nothing.

Exit status: 0; 1 when an answer was wrong or missing, an upload was not confirmed, or a delta did not arrive; 2 when the options
or servers cannot be used.

Examples:
  $ onecard bench city
  $ onecard bench city --gateways 100 --rates 1000,5000 --seconds 5
  $ onecard bench city --nats nats://10.0.0.5:4222 --store redis://10.0.0.6:6379 --json --out city.json
  $ onecard bench city --model`;

interface Given {
  readonly gateways: number;
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly deltas: number;
  readonly seed: string;
  readonly nats?: string;
  readonly store?: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly model?: boolean;
}

export function cityCommand(): Command {
  return new Command('city')
    .description(
      'Measure the servers of a city under the traffic of a thousand gateways, with the model beside.',
    )
    .option(
      '--gateways <count>',
      'simulated gateways, each with connections of its own',
      whole(1, 10_000),
      1_000,
    )
    .option('--rates <list>', 'questions and records a second of all together, one run each', rates, RATES)
    .option('--seconds <seconds>', 'length of each run', whole(1, 3_600), 10)
    .option('--deltas <per second>', 'signed deltas that the platform publishes', whole(0, 100), 1)
    .option('--seed <text>', 'the same seed asks the same at the same times', 'bench')
    .option('--nats <address>', 'a NATS server that runs already, nats://host:port', address('nats:'))
    .option(
      '--store <address>',
      'a Redis or Valkey server that runs already, redis://host:port',
      address('redis:'),
    )
    .option('--out <file>', 'write the report there as JSON too')
    .option('--json', 'print the report as JSON instead of tables')
    .option('--model', 'print what is needed by the measured figures; nothing is measured')
    .addHelpText('after', HELP)
    .action((given: Given) => explained(() => act(given)));
}

async function act(given: Given): Promise<void> {
  const { gateways, rates: asked, seconds, deltas, seed, nats = null, store = null } = given;
  if (given.model) {
    const lines = scaleTables().flatMap((table) => [...tableLines(table), '']);
    process.stdout.write(given.json ? `${JSON.stringify(FIGURES)}\n` : `${lines.join('\n')}\n`);
    return;
  }
  const progress = new Progress(process.stderr);
  const report = await runCity(
    { gateways, rates: asked, seconds, deltasPerS: deltas, seed, nats, store },
    progress,
  );
  const json = `${JSON.stringify(report)}\n`;
  if (given.out !== undefined) writeFileSync(given.out, json);
  process.stdout.write(given.json ? json : cityTable(report));
  if (!report.passed) process.exitCode = FAILED_EXIT_CODE;
}

async function explained(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    process.stderr.write(`onecard bench city: ${error.message}\n`);
    process.exitCode = UNUSABLE_EXIT_CODE;
  }
}

function rates(text: string): readonly number[] {
  const values = text.split(',').map((each) => (/^\d{1,6}$/.test(each.trim()) ? Number(each) : 0));
  if (values.length <= RATES_MAX && values.every((each) => each > 0)) return values;
  throw new InvalidArgumentError(
    `It must be whole numbers above 0, ${RATES_MAX} at most, such as 1000,10000.`,
  );
}

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

function address(protocol: string): (text: string) => string {
  return (text) => {
    if (URL.parse(text)?.protocol === protocol) return text;
    throw new InvalidArgumentError(`It must be ${protocol}//HOST:PORT.`);
  };
}
