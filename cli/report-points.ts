/** `onecard report points --example`: a registry of service points, to begin with. */
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { stringify } from 'yaml';
import { openDeviceStore } from '../gateway/devices/device-store.ts';
import { examplePoints } from '../reports/example-points.ts';
import { CITY_TIME_ZONE, localTime } from '../reports/local-time.ts';
import { existing } from './data-folder.ts';
import { plannedCity } from './planned-city.ts';
import { readCount } from './read-count.ts';
import { addScenesOptions, deliver, explainedReport } from './report-options.ts';
import { loadedScenes, type ScenesOptions } from './scenes-in-force.ts';
import { UnusableError } from './unusable.ts';

const HELP = `
The same seed gives the same points. With --data the devices of that gateway stand at the first point of each service they name a
scene of, so that its journal says what was seen there. Some services meet the year's target, some miss it. Nothing of it is real.

Exit status: 0 when it was done, 2 when the options or the scenes cannot be used.

Examples:
  $ onecard report points --example --out points.yaml
  $ onecard report points --example --data data/demo --out points.yaml
  $ onecard report adoption --points points.yaml --format html --out adoption.html`;

interface PointsOptions extends ScenesOptions {
  readonly example?: boolean;
  readonly seed: string;
  readonly year?: number;
  readonly data?: string;
  readonly out?: string;
}

export function pointsCommand(): Command {
  const command = new Command('points')
    .description('Make an example of a registry of service points, for the scenes that there are.')
    .option('--example', 'must be given: nothing else can be made')
    .option('--seed <text>', 'what it is drawn from', 'onecard demo')
    .option('--year <year>', 'whose target it is drawn around; default: this year', readCount)
    .option('--data <dir>', "a gateway's data folder, whose devices stand at the points")
    .option('--out <file>', 'write it to a file, in place of standard output');
  return addScenesOptions(command)
    .addHelpText('after', HELP)
    .action((options: PointsOptions) => explainedReport('points', () => points(options)));
}

async function points({ example, seed, year, data, out, ...options }: PointsOptions): Promise<void> {
  if (example !== true) {
    throw new UnusableError(
      'say --example: a real registry is written by those who know the points (docs/reports.md)',
    );
  }
  const table = loadedScenes(options);
  const registry = examplePoints({
    seed,
    year: year ?? Number(localTime(CITY_TIME_ZONE).dayOf(Date.now()).slice(0, 4)),
    services: plannedCity(table).services,
    scenes: table.described,
    devices: data === undefined ? [] : await devicesOf(data),
  });
  deliver(
    `# An example, drawn from the seed ${JSON.stringify(seed)}. Nothing of it is real.\n${stringify(registry)}`,
    out,
    false,
  );
}

/** Those that may tap. Throws UnusableError where none was enrolled. */
async function devicesOf(data: string) {
  const store = openDeviceStore(existing(join(resolve(data), 'devices'), 'enrolled device'));
  try {
    return store.registry
      .list()
      .filter(({ revokedAtMs }) => revokedAtMs === null)
      .map(({ deviceId, scenes }) => ({ device: deviceId, scenes }));
  } finally {
    await store.close();
  }
}
