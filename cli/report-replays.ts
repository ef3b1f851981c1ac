/** `onecard report replays`: what was accepted twice in the city, and what gateways accepted alone. */
import { Command, Option } from 'commander';
import type { DecisionRecord } from '../gateway/journal/record/record.ts';
import { PlatformError } from '../gateway/outbound/platform-error.ts';
import { usesUp } from '../gateway/tap/5-decide/used-up.ts';
import type { Acceptance } from '../reports/accepted-again.ts';
import { dayAfter, localTime } from '../reports/local-time.ts';
import { ReplayCount, type ReplayReport, ReplayReportError } from '../reports/replays.ts';
import { type ReplayLines, replaysCsv, replaysJson, replaysTerminal } from '../reports/replays-text.ts';
import { toHex } from '../workers/codecs/hex.ts';
import { platformReplays } from './platform-replays.ts';
import { eachRecord, reportJournals, type Span } from './report-journals.ts';
import {
  addFormatOptions,
  addZoneOption,
  asJson,
  deliver,
  explainedReport,
  type OutOptions,
  readDay,
  tellDamaged,
} from './report-options.ts';
import { UnusableError } from './unusable.ts';

const FORMATS = ['table', 'json', 'csv'] as const;

const HELP = `
A presentation passes once in the city. Two taps with one presentation that were both accepted are a double acceptance: it is found
by the names that gateways of a cluster give to presentations, over the journals of all of them. A tap that was decided at two
gateways, since its gate had moved from one to the other, is none. What a gateway accepted while the store did not answer is told
by outage: with less than a minute between one acceptance and the next.

Give the journals of all gateways, or the folder of the platform, or ask the platform: a journal that is missing hides its doubles.

Exit status: 0 when it was done, 1 when damaged records were passed over, 2 when options, a journal or the platform cannot be used.

Examples:
  $ onecard report replays --journal gw-1/data gw-2/data gw-3/data
  $ onecard report replays --journal platform-data --since 2026-11-30 --format csv --list outages
  $ onecard report replays --platform http://127.0.0.1:8791 --token-file people.token --format json`;

interface ReplaysOptions extends OutOptions<(typeof FORMATS)[number]> {
  readonly journal?: readonly string[];
  readonly platform?: string;
  readonly tokenFile?: string;
  readonly since?: string;
  readonly until?: string;
  readonly list: ReplayLines;
  readonly timeZone: string;
}

export function replaysCommand(): Command {
  const command = new Command('replays')
    .description('Name presentations that were accepted twice, and what gateways accepted alone.')
    .option('--journal <dir...>', 'data folders of gateways, or of a platform')
    .option('--platform <url>', 'ask the platform, which looks at all journals as they come')
    .option('--token-file <file>', "with --platform: the token of the platform's own people")
    .option('--since <day>', 'from this day on', readDay)
    .option('--until <day>', 'up to and with this day', readDay)
    .addOption(
      new Option('--list <what>', 'what the lines of CSV are')
        .choices(['doubles', 'outages'])
        .default('doubles'),
    );
  return addFormatOptions(addZoneOption(command), FORMATS)
    .addHelpText('after', HELP)
    .action((options: ReplaysOptions) =>
      explainedReport('replays', () => replays(options), [ReplayReportError, PlatformError]),
    );
}

async function replays(options: ReplaysOptions): Promise<void> {
  const { since, until, timeZone, format, out, list } = options;
  const time = localTime(timeZone);
  const span = {
    fromMs: since === undefined ? null : time.startOf(since),
    untilMs: until === undefined ? null : time.startOf(dayAfter(until)),
  };
  const { report, damaged } = await reported(options, span);
  const about = { since: since ?? null, until: until ?? null, time_zone: time.zone };
  const written = {
    table: () => replaysTerminal(report, time),
    json: () => asJson({ ...about, ...replaysJson(report, time) }),
    csv: () => replaysCsv(report, list, time),
  };
  deliver(written[format](), out, false);
  tellDamaged(damaged);
}

async function reported(
  { journal, platform, tokenFile }: ReplaysOptions,
  span: Span,
): Promise<{ readonly report: ReplayReport; readonly damaged: number }> {
  if ((journal === undefined) === (platform === undefined)) {
    throw new UnusableError('say --journal with the folders to read, or --platform with whom to ask');
  }
  if (platform !== undefined) {
    if (tokenFile === undefined) {
      throw new UnusableError('the platform asks for the token of its own people: give it with --token-file');
    }
    return { report: await platformReplays(platform, tokenFile, span), damaged: 0 };
  }
  const count = new ReplayCount();
  const damaged = await eachRecord(reportJournals(journal ?? []), span, (record) => {
    const { replay, answer } = record;
    if (answer.outcome === 'deny' || replay.shared.length === 0 || !usesUp(replay, answer.outcome)) return;
    count.add(acceptanceOf(record, answer.outcome), replay.shared.map(toHex));
  });
  return { report: count.report(), damaged };
}

function acceptanceOf(
  { tap, scene, replay, answer, atMs }: DecisionRecord,
  outcome: Acceptance['outcome'],
): Acceptance {
  const [gateway = '', ...id] = answer.decisionId.split(':');
  return {
    ...{ gateway, id: id.join(':'), device: tap.deviceId, tap: `${tap.stream}:${tap.seq}` },
    ...{ scene, outcome, scope: replay.scope, atMs, untilMs: replay.untilMs },
  };
}
