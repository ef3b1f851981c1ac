/**
 * One run of the gateway: what it has opened, the data folder it takes, and how the run before it ended.
 */
import type { Settings } from '../../config/settings.ts';
import { CURSORS } from '../journal/journal-tables.ts';
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import type { Log } from '../observe/log.ts';
import { type FolderLock, FolderTakenError, lockFolder } from '../storage/folder-lock.ts';
import type { ReplayWindow } from '../tap/5-decide/replay-window.ts';
import { markRun, type RunMarker } from './run-marker.ts';
import { GatewayStartError } from './start-error.ts';

/** What is open, in the order to close it in: also when something later could not be opened. */
export class ClosingStack {
  readonly #closing: (() => unknown)[] = [];

  /** Closes before everything that was added earlier. */
  add(close: () => unknown): void {
    this.#closing.unshift(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0)) await close();
  }
}

/** What a start found and made again. */
export interface Recovered {
  /** Newest decision that is kept. */
  readonly newest_position: number;
  /** Records that the index of taps did not lead to yet. */
  readonly records_read_again: number;
  /** Presentations that are remembered as used. */
  readonly replay_entries: number;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'its file system is read-only',
  EEXIST: 'there is a file in its place',
  ENOTDIR: 'a part of its path is a file',
  ENOSPC: 'the disk is full',
};

/** Throws FolderTakenError, and GatewayStartError when the folder cannot be made or written. */
export function lockDataFolder({ data_dir, gateway_id }: Settings): FolderLock {
  try {
    return lockFolder(data_dir, `gateway ${gateway_id}`);
  } catch (cause) {
    if (cause instanceof FolderTakenError) throw cause;
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const why = REASONS[code] === undefined ? message : `${REASONS[code]} (${message})`;
    throw new GatewayStartError(`the data folder ${data_dir} (data_dir) cannot be used: ${why}`, { cause });
  }
}

/** Marks the folder as run by this process until everything that was opened after it is closed. */
export function openRun({ data_dir }: Settings, log: Log, closing: ClosingStack): RunMarker {
  const run = markRun(data_dir, Date.now());
  closing.add(() => run.end());
  if (run.fault) {
    log.warn(
      { error: run.fault.message },
      'it cannot be kept that this run began: its death would not be noticed',
    );
  }
  return run;
}

/** To be asked before the first decision is appended. */
export function recoveredFrom(journal: LmdbJournal, replay: ReplayWindow): Recovered {
  const newest = journal.nextPosition - 1;
  // What the index does not lead to yet is read from the records when the journal is opened.
  const indexed = Math.max(journal.cursor(CURSORS.indexed), journal.firstPosition - 1);
  return {
    newest_position: newest,
    records_read_again: Math.max(0, newest - indexed),
    replay_entries: replay.size,
  };
}

export function reportDeath({ died }: RunMarker, recovered: Recovered, log: Log): void {
  if (died === null) return;
  const { pid, startedAtMs } = died === 'unknown' ? { pid: null, startedAtMs: null } : died;
  log.warn(
    { last_pid: pid, last_started: startedAtMs && new Date(startedAtMs).toISOString(), ...recovered },
    'the last run ended unclean: what it had answered is kept, and its memory was read again from the journal',
  );
}
