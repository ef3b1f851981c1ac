/** `onecard report attendance`: who was inside an area when. */
import { createHmac, randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { meant } from '../config/nearest-name.ts';
import type { SceneTable } from '../config/scenes.ts';
import { readStrictText } from '../config/strict-text.ts';
import { type AreaScene, AttendanceCount, AttendanceError } from '../reports/attendance.ts';
import { attendanceCsv, attendanceJson, attendanceTerminal } from '../reports/attendance-text.ts';
import { dayAfter, type LocalTime, localTime, monthAfter } from '../reports/local-time.ts';
import { NamesError, parseNames } from '../reports/names.ts';
import { toHex } from '../workers/codecs/hex.ts';
import { eachTapped, type ReportJournal, reportJournals } from './report-journals.ts';
import {
  addFormatOptions,
  addScenesOptions,
  addZoneOption,
  asJson,
  deliver,
  explainedReport,
  type OutOptions,
  readDay,
  readMonth,
  tellDamaged,
} from './report-options.ts';
import { loadedScenes, type ScenesOptions } from './scenes-in-force.ts';
import { UnusableError } from './unusable.ts';

const FORMATS = ['table', 'json', 'csv'] as const;
const RETENTION_DAYS_DEFAULT = 90;
const PSEUDONYM_HEX_DIGITS = 12;
const SALT_BYTES = 16;

const HELP = `
A line is a person and a day: first entry, last exit, minutes inside, turns, turns without an exit, exits without an entry. Only
passages that were allowed count. A turn belongs to the day it begins on, also when it ends after midnight. Records older than
the scene's retention_days are left out, and told.

A person is a pseudonym that holds within this report alone, unless --names, the employer's list, says whose card it is: a CSV
file whose first line is card,name. Then --out is needed, and its file is for its owner alone (mode 0600). Gateways whose
journals have different keys know a person by different pseudonyms: only a name joins them.

Exit status: 0 when it was done, 1 when damaged records were passed over, 2 when options, names or a journal cannot be used.

Examples:
  $ onecard report attendance --journal data --area site --day 2026-11-30
  $ onecard report attendance --journal data --area site --month 2026-11 --names crew.csv --format csv --out november.csv`;

interface AttendanceOptions extends OutOptions<(typeof FORMATS)[number]>, ScenesOptions {
  readonly journal: readonly string[];
  readonly area: string;
  readonly day?: string;
  readonly month?: string;
  readonly names?: string;
  readonly timeZone: string;
}

export function attendanceCommand(): Command {
  const command = new Command('attendance')
    .description('Say by person and day when who entered and left an area, such as a building site.')
    .requiredOption('--journal <dir...>', 'data folders of gateways, or of a platform')
    .requiredOption('--area <name>', 'the area, as the scenes name it in `direction`')
    .option('--day <day>', 'such as 2026-11-30', readDay)
    .option('--month <month>', 'such as 2026-11', readMonth)
    .option('--names <file>', "the employer's list, a CSV file of card,name");
  return addFormatOptions(addScenesOptions(addZoneOption(command)), FORMATS)
    .addHelpText('after', HELP)
    .action((options: AttendanceOptions) =>
      explainedReport('attendance', () => attendance(options), [NamesError, AttendanceError]),
    );
}

async function attendance(options: AttendanceOptions): Promise<void> {
  const { journal, area, names, timeZone, format, out } = options;
  if (names !== undefined && out === undefined) {
    throw new UnusableError('with --names the report names people: say with --out which file it goes to');
  }
  const time = localTime(timeZone);
  const { fromMs, untilMs } = daysAsked(options, time);
  const table = loadedScenes(options);
  const scenes = scenesOfArea(table, area);
  const insideMsMax = Math.max(...[...scenes.values()].map((scene) => scene.insideMsMax));
  const journals = reportJournals(journal);
  const persons = personsOf(journals, names);
  const nowMs = Date.now();
  const count = new AttendanceCount({ scenes, fromMs, untilMs, nowMs, personOf: persons.of }, time);
  const span = { fromMs: fromMs - insideMsMax, untilMs: untilMs + insideMsMax };
  const damaged = await eachTapped(journals, span, table, (tapped) => count.add(tapped));
  const report = count.report();
  const about = { area, day: options.day ?? null, month: options.month ?? null, named: names !== undefined };
  const written = {
    table: () => attendanceTerminal(report, time),
    json: () => asJson(attendanceJson(report, time, about)),
    csv: () => attendanceCsv(report, time),
  };
  deliver(written[format](), out, true);
  if (names !== undefined) console.error('it names people: keep it as you keep their other papers');
  if (report.pastRetention > 0) {
    console.error(`${report.pastRetention} taps are older than their scene's retention_days, and left out`);
  }
  if (persons.keys.size > 1) {
    console.error(
      'the gateways have keys of their own for pseudonyms: who is not named counts once for each of them',
    );
  }
  tellDamaged(damaged);
}

function daysAsked({ day, month }: AttendanceOptions, time: LocalTime) {
  if ((day === undefined) === (month === undefined)) {
    throw new UnusableError('say which days: either --day 2026-11-30 or --month 2026-11');
  }
  if (day !== undefined) return { fromMs: time.startOf(day), untilMs: time.startOf(dayAfter(day)) };
  const first = month ?? '';
  return { fromMs: time.startOf(`${first}-01`), untilMs: time.startOf(`${monthAfter(first)}-01`) };
}

/** Throws UnusableError when no scene is of the area. */
function scenesOfArea(table: SceneTable, area: string): ReadonlyMap<string, AreaScene> {
  const scenes = new Map<string, AreaScene>();
  const areas = new Set<string>();
  for (const scene of table.scenes) {
    const rules = table.policyOf(scene);
    if (!rules?.direction) continue;
    const { area: own, passes, inside_ms_max } = rules.direction;
    areas.add(own);
    if (own !== area) continue;
    const retentionDays = rules.retention_days ?? RETENTION_DAYS_DEFAULT;
    scenes.set(scene, { passes, insideMsMax: inside_ms_max, retentionDays });
  }
  if (scenes.size > 0) return scenes;
  const instead =
    areas.size === 0 ? 'no scene has a direction: --scenes or --config says others' : meant(area, [...areas]);
  throw new UnusableError(`no scene enters or leaves an area ${JSON.stringify(area)}; ${instead}`);
}

interface Persons {
  readonly of: (key: string, subject: string) => string;
  /** Keys of the pseudonyms that were looked up. */
  readonly keys: ReadonlySet<string>;
}

/** Throws NamesError, and UnusableError where a journal has no key that names could be looked up with. */
function personsOf(journals: readonly ReportJournal[], file: string | undefined): Persons {
  const salt = randomBytes(SALT_BYTES);
  const known = new Map<string, string>();
  const names = file === undefined ? null : parseNames(readStrictText(file), file);
  for (const { pseudonyms, keyName, folder } of names === null ? [] : journals) {
    if (pseudonyms.length === 0) {
      throw new UnusableError(`${folder} has no journal.key: without it nobody can tell whose a record is`);
    }
    for (const { subject } of pseudonyms) {
      for (const [card, name] of names ?? []) known.set(`${keyName} ${toHex(subject(card))}`, name);
    }
  }
  const pseudonym = (text: string) =>
    createHmac('sha256', salt).update(text).digest('hex').slice(0, PSEUDONYM_HEX_DIGITS);
  const keys = new Set<string>();
  return {
    of: (key, subject) => {
      keys.add(key);
      return known.get(`${key} ${subject}`) ?? pseudonym(`${key} ${subject}`);
    },
    keys,
  };
}
