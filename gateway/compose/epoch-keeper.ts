/**
 * Begins a new epoch when the platform holds other records than this journal, and says what that means: the folder was
 * restored from a backup, or copied, and what was shown meanwhile is not known here.
 */

import { JournalError } from '../journal/journal-error.ts';
import type { JournalSpace } from '../journal/journal-space.ts';
import type { EpochSpan } from '../journal/journal-tables.ts';
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { UploadConflict } from '../outbox/outbox.ts';

export interface EpochKeeperOptions {
  readonly journal: Pick<LmdbJournal, 'lineage' | 'after'>;
  readonly space: Pick<JournalSpace, 'beginEpoch'>;
  /** The longest time a presentation may come again. */
  readonly replayHorizonMs: number;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** Between which decisions others were made that this journal does not know. Milliseconds since 1970 UTC. */
export interface ReplayGap {
  /** Null: since whenever. */
  readonly fromMs: number | null;
  readonly toMs: number;
  /** What was shown in between passes again until then at most. */
  readonly overAtMs: number;
}

export interface EpochReport {
  readonly epoch: string;
  /** When the epoch in force began because of a conflict, or null. */
  readonly conflictAtMs: number | null;
  /** Null once nothing shown in it can pass any more. */
  readonly gap: ReplayGap | null;
}

export interface EpochKeeper {
  /** `begun`: called once a new epoch is on disk, also when it was before. */
  conflict(conflict: UploadConflict, begun: () => void): void;
  readonly report: EpochReport;
}

const WHAT_IT_MEANS =
  'the platform holds other records under names of this journal: its folder was restored from a backup, or copied. ' +
  'A new epoch has begun, and what the platform does not have is sent under it. What was shown in between is not ' +
  'known here and may pass a second time. If another gateway runs on a copy, stop one of the two';

export function keepEpochs(options: EpochKeeperOptions): EpochKeeper {
  const { journal, space, metrics, log, replayHorizonMs, now } = options;
  let beginning = false;
  const begin = async ({ epoch: former, after, records }: UploadConflict) => {
    metrics.outage.conflictMet();
    const span = await space.beginEpoch({ after, cause: 'conflict', atMs: now() });
    const gap = replayGap(journal, span, replayHorizonMs);
    const [unknown_from, unknown_to, may_pass_until] = [gap.fromMs, gap.toMs, gap.overAtMs].map(instant);
    const epochs = { former_epoch: former, epoch: span.epoch };
    log.error({ ...epochs, after, records, unknown_from, unknown_to, may_pass_until }, WHAT_IT_MEANS);
  };
  return {
    conflict(conflict, begun) {
      if (beginning) return;
      if (journal.lineage.at(conflict.after + 1).epoch !== conflict.epoch) {
        begun();
        return;
      }
      beginning = true;
      begin(conflict)
        .then(begun, (cause: Error) => {
          metrics.faultSeen('journal_epoch');
          log.error({ error: cause.message, after: conflict.after }, 'a new epoch could not be begun');
        })
        .finally(() => {
          beginning = false;
        });
    },
    get report() {
      const { current } = journal.lineage;
      const gap =
        current.cause === 'made' || current.cause === 'profile'
          ? null
          : replayGap(journal, current, replayHorizonMs);
      return {
        epoch: current.epoch,
        conflictAtMs: current.cause === 'conflict' ? current.begunAtMs : null,
        gap: gap !== null && gap.overAtMs > now() ? gap : null,
      };
    },
  };
}

/** From the last decision that is known to be common to the first that is this journal's own. */
function replayGap(
  journal: Pick<LmdbJournal, 'after'>,
  { first, begunAtMs }: EpochSpan,
  replayHorizonMs: number,
): ReplayGap {
  const fromMs = first === 1 ? null : decidedAtMs(journal, first - 1);
  const toMs = decidedAtMs(journal, first) ?? begunAtMs;
  return { fromMs, toMs, overAtMs: toMs + replayHorizonMs };
}

/** Null where there is no such record, or it is damaged. */
function decidedAtMs(journal: Pick<LmdbJournal, 'after'>, position: number): number | null {
  try {
    const [record] = journal.after(position - 1, 1);
    return record?.position === position ? record.atMs : null;
  } catch (error) {
    if (error instanceof JournalError && error.code === 'corrupt') return null;
    throw error;
  }
}

function instant(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
