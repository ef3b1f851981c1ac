/** `onecard report adoption`: how far each task of the city's plan has come. */
import { statSync } from 'node:fs';
import { Command, Option } from 'commander';
import { OnecardError } from '../config/onecard-error.ts';
import { readStrictText } from '../config/strict-text.ts';
import { type AdoptionSeen, adoptionOf, plannedYears } from '../reports/adoption.ts';
import { adoptionPage } from '../reports/adoption-page.ts';
import { adoptionCsv, adoptionJson, adoptionTerminal } from '../reports/adoption-text.ts';
import { localTime } from '../reports/local-time.ts';
import { PointsSeen } from '../reports/points-seen.ts';
import { REGISTRY_ITEMS_MAX, type RegistryFault, readRegistryText } from '../reports/registry-source.ts';
import { checkRegistry, type Registry, type RegistryPlan } from '../reports/service-points.ts';
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
  tellDamaged,
} from './report-options.ts';
import { receiptCounts } from './report-receipts.ts';
import { loadedScenes, type ScenesOptions } from './scenes-in-force.ts';
import { UnusableError } from './unusable.ts';

const FORMATS = ['table', 'json', 'csv', 'html'] as const;
const REGISTRY_BYTES_MAX = 67_108_864;
const FAULTS_TOLD_MAX = 50;

const HELP = `
A registry says which service points there are and what they accept (docs/reports.md); onecard report points --example makes one.
It is YAML, or CSV where its name ends in .csv. Several are read as one.

Depth is what the plan says it is. What points declare and what journals saw are two columns; who accepts a card and was never
shown one is named. Standing goes by what is declared. Without --journal nothing is seen.

Exit status: 0 when it was done, 1 when damaged records were passed over, 2 when options, a registry or a journal cannot be used.

Examples:
  $ onecard report adoption --points points.yaml --journal data-1 data-2 --year 2026
  $ onecard report adoption --points points.csv figures.csv --journal data --format html --language zh --out adoption.html`;

/** Everything that is wrong with a registry, each with its place. */
class RegistryError extends OnecardError {
  override readonly name = 'RegistryError';
  readonly code = 'registry_unusable';

  constructor(faults: readonly RegistryFault[]) {
    const told = faults.slice(0, FAULTS_TOLD_MAX).map(({ where, what }) => `  ${where}: ${what}`);
    const left = faults.length - told.length;
    super(
      [
        'the registry of service points is not usable:',
        ...told,
        ...(left > 0 ? [`  and ${left} more`] : []),
      ].join('\n'),
    );
  }
}

interface AdoptionOptions extends OutOptions<(typeof FORMATS)[number]>, ScenesOptions {
  readonly points: readonly string[];
  readonly journal?: readonly string[];
  readonly year?: number;
  readonly timeZone: string;
  readonly language: Language;
}

export function adoptionCommand(): Command {
  const command = new Command('adoption')
    .description(
      'Say for each task of the plan who accepts the card, how deep it is, and whether that is the target.',
    )
    .requiredOption('--points <file...>', 'the registry of service points')
    .option('--journal <dir...>', 'data folders of gateways, or of a platform')
    .option('--year <year>', 'whose target is meant, and whose taps; default: this year', readCount)
    .addOption(
      new Option('--language <language>', 'of names and of the page').choices(LANGUAGES).default('en'),
    );
  return addFormatOptions(addScenesOptions(addZoneOption(command)), FORMATS)
    .addHelpText('after', HELP)
    .action((options: AdoptionOptions) =>
      explainedReport('adoption', () => adoption(options), [RegistryError]),
    );
}

async function adoption(options: AdoptionOptions): Promise<void> {
  const { points, journal, timeZone, language, format, out } = options;
  const time = localTime(timeZone);
  const table = loadedScenes(options);
  const city = plannedCity(table);
  const year = options.year ?? Number(time.dayOf(Date.now()).slice(0, 4));
  const years = plannedYears(city.services);
  if (!years.includes(year)) {
    throw new UnusableError(`the plan sets no targets for ${year}: give --year one of ${years.join(', ')}`);
  }
  const registry = readRegistry(points, city);
  let seen: AdoptionSeen | null = null;
  let damaged = 0;
  if (journal !== undefined) {
    const pointsSeen = new PointsSeen(registry.points);
    const span = { fromMs: time.startOf(`${year}-01-01`), untilMs: time.startOf(`${year + 1}-01-01`) };
    const journals = reportJournals(journal);
    damaged = await eachTapped(journals, span, table, (tapped) => pointsSeen.add(tapped));
    seen = { points: pointsSeen, receipts: await receiptCounts(journals, span) };
  }
  const report = adoptionOf(city.services, registry, year, seen);
  const written = {
    table: () => adoptionTerminal(report, language),
    json: () => asJson(adoptionJson(report)),
    csv: () => adoptionCsv(report),
    html: () => adoptionPage(report, language),
  };
  deliver(written[format](), out, false);
  tellDamaged(damaged);
}

/** Throws RegistryError, and UnusableError on a file that is too large. */
function readRegistry(files: readonly string[], plan: RegistryPlan): Registry {
  const sources = files.map((file) => {
    if (statSync(file).size > REGISTRY_BYTES_MAX) {
      throw new UnusableError(
        `${file} has more than ${REGISTRY_BYTES_MAX} bytes: split it, or write it as CSV`,
      );
    }
    return readRegistryText(file, readText(file));
  });
  const items = {
    points: sources.flatMap((source) => source.points),
    disbursements: sources.flatMap((source) => source.disbursements),
  };
  const count = items.points.length + items.disbursements.length;
  if (count > REGISTRY_ITEMS_MAX) {
    throw new UnusableError(`${count} points and figures are too many: ${REGISTRY_ITEMS_MAX} are read`);
  }
  const { registry, faults } = checkRegistry(items, plan);
  const all = [...sources.flatMap((source) => source.faults), ...faults];
  if (all.length > 0) throw new RegistryError(all);
  return registry;
}

function readText(file: string): string {
  try {
    return readStrictText(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall !== undefined) throw cause;
    throw new UnusableError(`${file}: ${(cause as Error).message}`, { cause });
  }
}
