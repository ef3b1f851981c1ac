/** `onecard report points --example`: a registry of service points, to begin with. */
import { Command } from 'commander';
import { stringify } from 'yaml';
import { examplePoints } from '../reports/example-points.ts';
import { CITY_TIME_ZONE, localTime } from '../reports/local-time.ts';
import { plannedCity } from './planned-city.ts';
import { readCount } from './read-count.ts';
import { addScenesOptions, deliver, explainedReport } from './report-options.ts';
import { loadedScenes, type ScenesOptions } from './scenes-in-force.ts';
import { UnusableError } from './unusable.ts';

const HELP = `
The same seed gives the same points. Some services meet the year's target, some miss it. Nothing of it is real.

Exit status: 0 when it was done, 2 when the options or the scenes cannot be used.

Examples:
  $ onecard report points --example --out points.yaml
  $ onecard report adoption --points points.yaml --format html --out adoption.html`;

interface PointsOptions extends ScenesOptions {
  readonly example?: boolean;
  readonly seed: string;
  readonly year?: number;
  readonly device?: readonly string[];
  readonly out?: string;
}

export function pointsCommand(): Command {
  const command = new Command('points')
    .description('Make an example of a registry of service points, for the scenes that there are.')
    .option('--example', 'must be given: nothing else can be made')
    .option('--seed <text>', 'what it is drawn from', 'onecard demo')
    .option('--year <year>', 'whose target it is drawn around; default: this year', readCount)
    .option('--device <name=scenes...>', 'a device that is there, such as gate-1=29/entry,29/exit')
    .option('--out <file>', 'write it to a file, in place of standard output');
  return addScenesOptions(command)
    .addHelpText('after', HELP)
    .action((options: PointsOptions) => explainedReport('points', () => points(options)));
}

async function points({ example, seed, year, device = [], out, ...options }: PointsOptions): Promise<void> {
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
    devices: device.map(deviceOf),
  });
  deliver(
    `# An example, drawn from the seed ${JSON.stringify(seed)}. Nothing of it is real.\n${stringify(registry)}`,
    out,
    false,
  );
}

function deviceOf(text: string) {
  const [, device, scenes] = /^([a-z0-9._-]+)=(.+)$/.exec(text) ?? [];
  if (device === undefined || scenes === undefined) {
    throw new UnusableError(
      `${JSON.stringify(text)} is no device and its scenes, such as gate-1=29/entry,29/exit`,
    );
  }
  return { device, scenes: scenes.split(',') };
}
