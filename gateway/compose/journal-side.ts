/** Builds the journal, and what keeps room in it. */
import { join } from 'node:path';
import type { Settings } from '../../config/settings.ts';
import type { DiskReport, DiskRoomOptions } from '../journal/disk-room.ts';
import { JournalSpace } from '../journal/journal-space.ts';
import { type LmdbJournal, openJournal } from '../journal/lmdb-journal.ts';
import { LossAlarm } from '../journal/loss-alarm.ts';
import type { ForgettingClock } from '../knowledge/clock/forgetting-clock.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { loadedLibrary } from '../storage/lmdb-library.ts';

export const journalFolder = (settings: Settings) => join(settings.data_dir, 'journal');

export function buildJournal(
  settings: Settings,
  metrics: Metrics,
  log: Log,
  onFailed: (error: Error) => void,
  freeBytes?: DiskRoomOptions['freeBytes'],
): LmdbJournal {
  const { durability, max_bytes: maxBytes } = settings.journal;
  const dir = journalFolder(settings);
  const journal = openJournal({
    dir,
    profile: settings.crypto.profile,
    durability,
    maxBytes,
    disk: {
      reserveBytes: settings.journal.disk_reserve_bytes,
      aheadBytes: settings.journal.ahead_bytes,
      onChange: (report) => sayDiskState(report, settings, log),
      ...(freeBytes && { freeBytes }),
    },
    onFailed,
    onDamaged: (error) => {
      metrics.faultSeen('journal_damaged');
      log.error({ error: error.message }, 'a damaged journal record was passed over');
    },
    onLost: (records, error) => {
      metrics.faultSeen('journal_lost');
      log.error({ records, error: error.message }, 'decisions that were answered could not be kept');
    },
  });
  warnOfLibrary(log);
  return journal;
}

function sayDiskState(
  { state, freeBytes, refusal }: DiskReport,
  { journal, data_dir }: Settings,
  log: Log,
): void {
  const facts = {
    folder: data_dir,
    free_bytes: freeBytes,
    disk_reserve_bytes: journal.disk_reserve_bytes,
    ...(refusal !== null && { refusal }),
  };
  if (state === 'ok') log.info(facts, 'there is room on the disk again');
  if (state === 'short') {
    log.warn(
      facts,
      'the disk is short: the journal goes on in the room its file has; free some, or confirm records',
    );
  }
  if (state === 'full') {
    log.error(
      facts,
      'the disk is full: taps are refused until there is more free than journal.disk_reserve_bytes',
    );
  }
}

/** See `../storage/lmdb-patch.ts`. On Windows the code with the fault is not compiled. */
function warnOfLibrary(log: Log): void {
  const library = loadedLibrary();
  if (process.platform === 'win32' || library === null || library.state === 'repaired') return;
  log.warn(
    { file: library.file, state: library.state },
    'the storage library may overrun its memory when the disk refuses a write: npm run repair',
  );
}

export interface RoomOptions {
  readonly settings: Settings;
  readonly journal: LmdbJournal;
  readonly neededMs: () => number;
  readonly forgetting: Pick<ForgettingClock, 'now'>;
  readonly metrics: Metrics;
  readonly log: Log;
}

export function keepRoom({
  settings,
  journal,
  neededMs,
  forgetting,
  metrics,
  log,
}: RoomOptions): JournalSpace {
  const { keep_confirmed_ms: keepConfirmedMs, when_full: whenFull } = settings.journal;
  const alarm = new LossAlarm((records) => {
    log.error({ records }, 'records that the platform had not confirmed were given up for want of room');
  });
  return new JournalSpace({
    journal,
    keepConfirmedMs,
    whenFull,
    neededMs,
    now: () => forgetting.now(),
    onLost: (records) => {
      metrics.outage.recordsLost(records);
      alarm.lost(records);
    },
    onFault: (error) => {
      metrics.faultSeen('journal_space');
      log.error({ error: error.message }, 'room could not be made in the journal');
    },
  });
}
