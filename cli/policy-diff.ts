/** `onecard policy diff`: what another city document would have decided of what a journal holds. */
import { Command } from 'commander';
import { loadScenes, ScenesError } from '../config/scenes.ts';
import { JournalError } from '../gateway/journal/journal-error.ts';
import { LmdbFileError } from '../gateway/storage/lmdb-file.ts';
import { judgeUnder } from '../gateway/tap/judge-again.ts';
import { cardBitsOf } from '../reports/groups-held.ts';
import { dayAfter, LocalTimeError, localTime } from '../reports/local-time.ts';
import { PolicyComparison } from '../reports/policy-diff.ts';
import { policyDiffJson, policyDiffText } from '../reports/policy-diff-text.ts';
import { PRESENTABLE_FAMILIES } from '../workers/families/table.ts';
import { groupsIn } from './planned-city.ts';
import { eachRecord, reportJournals } from './report-journals.ts';
import { addZoneOption, asJson, readDay, tellDamaged } from './report-options.ts';
import { runOrExplain } from './unusable.ts';

const CHANGED_EXIT_CODE = 1;

const HELP = `
OLD and NEW are city documents, each a folder or a file; every decision of the journal is judged by both, on what was known when it
was made, and those that differ are counted by scene, code, group, region and family. No person is named, and no pseudonym; with each
change stand the ids of a few decisions, for onecard journal show --decision. The journal is only read, also beside a running gateway.

What a record does not say cannot be judged, and is counted apart: a named list that NEW asks for and nobody asked then, an area that
nobody kept, an answer of the platform. "prefer" is judged as if the platform had not been asked. That somebody let pass by NEW would have
been inside later, or have spent a budget, is not followed.

Exit status: 0 when no decision would change, 1 when one would or a record is damaged, 2 when options, a document or a journal cannot be used.

Example:
  $ onecard policy diff city city-next --journal data --since 2026-11-29 --until 2026-11-29`;

interface DiffOptions {
  readonly journal: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly timeZone: string;
  readonly json?: boolean;
}

export function policyDiffCommand(): Command {
  const command = new Command('diff')
    .description('Replay a journal under two city documents, and tell what would change, and of whom.')
    .argument('<old-path>', 'the city document before')
    .argument('<new-path>', 'the city document after')
    .requiredOption('--journal <dir...>', 'data folders of gateways, or of a platform')
    .option('--since <day>', 'from this day on', readDay)
    .option('--until <day>', 'up to and with this day', readDay)
    .option('--json', 'as JSON');
  return addZoneOption(command)
    .addHelpText('after', HELP)
    .action((old: string, next: string, options: DiffOptions) =>
      runOrExplain('policy diff', [ScenesError, JournalError, LmdbFileError, LocalTimeError], () =>
        diff(old, next, options),
      ),
    );
}

async function diff(old: string, next: string, options: DiffOptions): Promise<void> {
  const { journal, since, until, timeZone, json } = options;
  const time = localTime(timeZone);
  const span = {
    fromMs: since === undefined ? null : time.startOf(since),
    untilMs: until === undefined ? null : time.startOf(dayAfter(until)),
  };
  const [before, after] = [old, next].map((path) => loadScenes(PRESENTABLE_FAMILIES, path));
  if (!before || !after) throw new TypeError('there are two documents');
  const comparison = new PolicyComparison(before.revision, after.revision, cardBitsOf(groupsIn(after)));
  const damaged = await eachRecord(reportJournals(journal), span, (record) => {
    const area = before.policyOf(record.scene)?.direction?.area ?? null;
    comparison.add(record, judgeUnder(record, before, area), judgeUnder(record, after, area));
  });
  const found = comparison.diff();
  process.stdout.write(json ? asJson(policyDiffJson(found)) : policyDiffText(found));
  if (found.changed > 0) process.exitCode = CHANGED_EXIT_CODE;
  tellDamaged(damaged);
}
