/** At the stop, once the last decision is on disk: hands the platform what it does not have yet, and says what is left. */
import type { Settings } from '../../config/settings.ts';
import type { JournalSpace } from '../journal/journal-space.ts';
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import type { PlatformLink } from '../link/link.ts';
import type { Log } from '../observe/log.ts';

export interface FlushParts {
  readonly settings: Settings;
  readonly journal: Pick<LmdbJournal, 'allSynced' | 'syncedPosition'>;
  readonly space: Pick<JournalSpace, 'unconfirmedRecords'>;
  readonly log: Log;
}

const LEFT =
  'records wait for the platform: they are on disk, and the next start sends them. From a gateway that will not come ' +
  'back: onecard journal upload --config FILE';

export async function flushOutbox(
  { settings, journal, space, log }: FlushParts,
  link: Pick<PlatformLink, 'flush'>,
): Promise<void> {
  await journal.allSynced();
  const { flush_ms: flushMs } = settings.journal;
  if (space.unconfirmedRecords > 0) await link.flush(journal.syncedPosition, flushMs);
  const records = space.unconfirmedRecords;
  if (records > 0) log.warn({ records, data_dir: settings.data_dir }, LEFT);
  else log.info('the platform has every record');
}
