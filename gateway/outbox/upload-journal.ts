/** Sends what the platform does not have of a journal that no gateway runs on. */
import { setTimeout as wait } from 'node:timers/promises';
import { CURSORS } from '../journal/journal-tables.ts';
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import type { OutboxReader } from '../journal/outbox-reader.ts';
import type { PlatformEndpoint, SealKeys } from '../outbound/platform-request.ts';
import { Outbox, type UploadConflict } from './outbox.ts';

export interface UploadOptions {
  readonly journal: Pick<LmdbJournal, 'beginEpoch' | 'saveCursor' | 'cursor' | 'syncedPosition'>;
  readonly reader: OutboxReader;
  readonly endpoint: PlatformEndpoint;
  readonly gatewayId: string;
  readonly sealKeys: SealKeys;
  readonly batchRecords: number;
  /** Records dealt with, of all that wait. */
  readonly onProgress: (done: number, all: number) => void;
  /** Wait after a failure. Default 1 s. */
  readonly retryMs?: number;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

export interface Uploaded {
  /** Records the platform took now. */
  readonly accepted: number;
  /** Records it had. */
  readonly duplicates: number;
  /** Records it had others in place of: they were sent under a new epoch. */
  readonly conflicts: number;
  /** Records that cannot be sent, and why. */
  readonly passedOver: readonly string[];
  /** Records it does not have yet. */
  readonly left: number;
  /** What the last attempt failed with; null when none is left. */
  readonly failure: string | null;
}

/** Failures in a row, without a record confirmed between them, after which it is given up. */
const ATTEMPTS = 5;
const RETRY_MS = 1_000;
/** One run without a failure; there may be any number of them. */
const STRETCH_MS = 60_000;

/** Rejects with JournalError. */
export async function uploadJournal(options: UploadOptions): Promise<Uploaded> {
  const { journal, reader, sealKeys, onProgress, retryMs = RETRY_MS } = options;
  const last = journal.syncedPosition;
  const begin = journal.cursor(CURSORS.confirmed);
  const seen = { accepted: 0, duplicates: 0, conflicts: 0 };
  const passedOver: string[] = [];
  let failure: string | null = null;
  let keeping: Promise<unknown> = Promise.resolve();
  const then = (work: () => Promise<unknown>) => {
    keeping = keeping.then(work);
    // Told where it is awaited, at the end.
    keeping.catch(() => {});
  };
  const fork = async ({ epoch, after, records }: UploadConflict) => {
    if (reader.lineage.at(after + 1).epoch !== epoch) return;
    await journal.beginEpoch({ after, cause: 'conflict', atMs: options.now() });
    seen.conflicts += records;
    reader.epochBegan();
    outbox.epochBegan();
  };
  reader.setSynced(last);
  const outbox: Outbox = new Outbox({
    ...options,
    sealKeys: () => sealKeys,
    confirmed: begin,
    onConfirmed(position) {
      onProgress(Math.max(0, position - begin), last - begin);
      then(() => journal.saveCursor(CURSORS.confirmed, position));
    },
    onUploaded(records, duplicates) {
      seen.accepted += records - duplicates;
      seen.duplicates += duplicates;
    },
    onConflict: (conflict) => then(() => fork(conflict)),
    onSkipped: (_, error) => passedOver.push(error.message),
    onFault(error) {
      failure = error.message;
    },
  });
  for (let attempt = 0; attempt < ATTEMPTS && outbox.confirmedPosition < last; attempt += 1) {
    const before = outbox.confirmedPosition;
    await outbox.flush(last, STRETCH_MS);
    if (outbox.confirmedPosition > before) attempt = -1;
    else await wait(retryMs);
  }
  await outbox.stop();
  await keeping;
  const left = Math.max(0, last - outbox.confirmedPosition);
  return { ...seen, passedOver, left, failure: left === 0 ? null : failure };
}
