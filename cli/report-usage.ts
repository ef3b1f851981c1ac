/** `onecard report usage`: how often cards were used, with nobody in it. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { meant } from '../config/nearest-name.ts';
import type { SceneTable } from '../config/scenes.ts';
import { dayAfter, localTime } from '../reports/local-time.ts';
import {
  SUPPRESS_BELOW_DEFAULT,
  SUPPRESS_BELOW_MAX,
  USAGE_DIMENSIONS,
  UsageCount,
  type UsageDimension,
  UsageError,
} from '../reports/usage.ts';
import { usagePage } from '../reports/usage-page.ts';
import { usageCsv, usageJson, usageTerminal } from '../reports/usage-text.ts';
import { LANGUAGES, type Language } from '../reports/words.ts';
import { plannedCity } from './planned-city.ts';
import { readCount } from './read-count.ts';
import { eachTapped, reportJournals } from './report-journals.ts';
import {
  addFormatOptions,
  addScenesOptions,
  addZoneOption,
  asJson,
  deliver,
  explainedReport,
  type OutOptions,
  readDay,
  tellDamaged,
} from './report-options.ts';
import { loadedScenes, type ScenesOptions } from './scenes-in-force.ts';

const FORMATS = ['table', 'json', 'csv', 'html'] as const;

const HELP = `
Counts taps whose card was proven, whatever was decided. The first dimension makes the rows, all others together the columns. A
group is the one its holder belongs to, "several", or "none".

A count that fewer persons made than --suppress-below is hidden, and others with it, so that no hidden count follows from the
totals. This holds within one report: two reports on the same taps, by other dimensions, can be put together. Publish one.

Exit status: 0 when it was done, 1 when damaged records were passed over, 2 when options or a journal cannot be used.

Examples:
  $ onecard report usage --journal data --by service,card-mode
  $ onecard report usage --journal data-1 data-2 --by region,hour --since 2026-11-01 --until 2026-11-30 --format csv`;

interface UsageOptions extends OutOptions<(typeof FORMATS)[number]>, ScenesOptions {
  readonly journal: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly by: readonly UsageDimension[];
  readonly suppressBelow: number;
  readonly timeZone: string;
  readonly language: Language;
}

export function usageCommand(): Command {
  const command = new Command('usage')
    .description('Count taps by service, region, card mode, group and hour; small counts are hidden.')
    .requiredOption('--journal <dir...>', 'data folders of gateways, or of a platform')
    .option('--since <day>', 'from this day on', readDay)
    .option('--until <day>', 'up to and with this day', readDay)
    .option('--by <dimensions>', `some of ${USAGE_DIMENSIONS.join(',')}`, readDimensions, [
      'service',
      'card-mode',
    ])
    .option(
      '--suppress-below <persons>',
      'hide counts that fewer persons made',
      readSuppressBelow,
      SUPPRESS_BELOW_DEFAULT,
    )
    .addOption(new Option('--language <language>', 'of the page').choices(LANGUAGES).default('en'));
  return addFormatOptions(addScenesOptions(addZoneOption(command)), FORMATS)
    .addHelpText('after', HELP)
    .action((options: UsageOptions) => explainedReport('usage', () => usage(options), [UsageError]));
}

async function usage(options: UsageOptions): Promise<void> {
  const { journal, since, until, by, suppressBelow, timeZone, format, out, language } = options;
  const time = localTime(timeZone);
  const span = {
    fromMs: since === undefined ? null : time.startOf(since),
    untilMs: until === undefined ? null : time.startOf(dayAfter(until)),
  };
  const count = new UsageCount(by, suppressBelow, time);
  const scenes = loadedScenes(options);
  const damaged = await eachTapped(reportJournals(journal), span, scenes, (tapped) => count.add(tapped));
  const table = count.table();
  const about = { since: since ?? null, until: until ?? null, time_zone: time.zone };
  const written = {
    table: () => usageTerminal(table),
    json: () => asJson({ ...about, ...usageJson(table) }),
    csv: () => usageCsv(table),
    html: () => usagePage(table, spanText(about), language, nameOfServices(by, scenes, language)),
  };
  deliver(written[format](), out, false);
  tellDamaged(damaged);
}

function spanText({
  since,
  until,
  time_zone,
}: {
  since: string | null;
  until: string | null;
  time_zone: string;
}) {
  return `${since ?? '…'} – ${until ?? '…'}, ${time_zone}`;
}

/** What rows are called on the page: a service has a number and a title. */
function nameOfServices(
  [first]: readonly UsageDimension[],
  scenes: SceneTable,
  language: Language,
): (value: string) => string {
  if (first !== 'service') return (value) => value;
  const titles = new Map(
    plannedCity(scenes).services.map(({ service, title }) => [String(service), title[language]]),
  );
  return (value) => [value, titles.get(value)].filter(Boolean).join('. ');
}

function readDimensions(text: string): UsageDimension[] {
  const names = text.split(',').map((name) => name.trim());
  const dimensions = names.map((name) => {
    const found = USAGE_DIMENSIONS.find((each) => each === name);
    if (found === undefined) {
      throw new InvalidArgumentError(
        `there is no dimension ${JSON.stringify(name)}; ${meant(name, USAGE_DIMENSIONS)}`,
      );
    }
    return found;
  });
  if (new Set(dimensions).size < dimensions.length) throw new InvalidArgumentError('each may be named once.');
  return dimensions;
}

function readSuppressBelow(text: string): number {
  const count = readCount(text);
  if (count > SUPPRESS_BELOW_MAX) throw new InvalidArgumentError(`at most ${SUPPRESS_BELOW_MAX}.`);
  return count;
}
