/**
 * Watches the room on the journal's disk, off the path of taps, and keeps its data file ahead of what LMDB needs.
 *
 * A file that is made longer is synced with what LMDB has just written to it, so a commit that coincides with it takes
 * some milliseconds more. While records come fast, LMDB therefore makes the file longer by itself, as long as the disk has
 * plenty; the file is ahead again when it gets calm, and at once when what is free gets scarce.
 *
 * While less is free than the reserve, the disk is `short`: the journal lives within the file it has, of which a part is
 * kept for what is no record (cursors, and forgetting records to make room). When that is used up it is `full`, and
 * taps are refused; both end by themselves once there is room.
 */
import { existsSync, statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DATA_FILE, DataFileAhead } from './data-file-ahead.ts';
import { JournalError } from './journal-error.ts';

export type DiskState = 'ok' | 'short' | 'full';

export interface DiskReport {
  readonly state: DiskState;
  /** Free on the disk for this process, bytes; null before the first look. */
  readonly freeBytes: number | null;
  /** Why the system refused the last try to make the file longer (`ENOSPC`, …); null when it did not. */
  readonly refusal: string | null;
}

export interface DiskRoomOptions {
  /** What must stay free on the disk for everything else, bytes. */
  readonly reserveBytes: number;
  /** How far the file is written ahead at most, bytes. */
  readonly aheadBytes: number;
  /** Told of each change of the state. */
  readonly onChange?: (report: DiskReport) => void;
  /** Between two looks. Default 100 ms. */
  readonly tickMs?: number;
  /** Free bytes of the disk a folder is on; default: what the system says. Rejects with what it says. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** The journal's own part. */
export interface WatchedFile {
  /** LMDB's data file. */
  readonly file: string;
  /** Disk the journal may use. */
  readonly maxBytes: number;
  /** Where LMDB's pages end in the file. */
  endBytes(): number;
  /** Bytes of pages that hold something now. */
  usedBytes(): number;
}

const TICK_MS = 100;
const MIB = 1_048_576;
/** A part of what is used, so that a small journal stays small. */
const AHEAD_PART = 0.25;
const AHEAD_MIN_BYTES = 4 * MIB;
/** Of the file, kept for what is no record: some hundred commits that rewrite the pages above what they change. */
const FILE_RESERVE_BYTES = MIB;
/** Room below which the journal counts as full: a few commits of many records. */
const FULL_BYTES = 64 * 1_024;
/** Written since the look before: more is not calm. */
const CALM_BYTES = 64 * 1_024;
/** So many times what is written ahead, and the reserve, are plenty: a look comes before that can be used up. */
const PLENTY_FACTOR = 8;
/** So much more than the reserve must be free before the disk counts as roomy again: otherwise the state would flap. */
const RESUME_FACTOR = 1.125;

export class DiskRoom {
  readonly #watched: WatchedFile;
  readonly #options: DiskRoomOptions;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  #ahead: DataFileAhead | null = null;
  #report: DiskReport = { state: 'ok', freeBytes: null, refusal: null };
  #lengthBytes = Number.POSITIVE_INFINITY;
  /** Where LMDB's pages ended at the look before. */
  #endBytes = Number.POSITIVE_INFINITY;

  /** Begins to look at once. */
  constructor(watched: WatchedFile, options: DiskRoomOptions) {
    this.#watched = watched;
    this.#options = options;
    this.#done = this.#run();
  }

  get report(): DiskReport {
    return this.#report;
  }

  /** Bytes the journal's pages may use now. */
  get boundBytes(): number {
    const { maxBytes } = this.#watched;
    if (this.#report.state === 'ok') return maxBytes;
    return Math.min(maxBytes, this.#lengthBytes - FILE_RESERVE_BYTES);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
    await this.#ahead?.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#look();
      await wait(this.#options.tickMs ?? TICK_MS, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async #look(): Promise<void> {
    const { reserveBytes, freeBytes = freeOnDisk } = this.#options;
    const { file } = this.#watched;
    try {
      this.#ahead ??= await DataFileAhead.open(file);
      this.#lengthBytes = await this.#ahead.lengthBytes();
      const free = await freeBytes(dirname(file));
      const wantsBytes = this.#report.state === 'ok' ? reserveBytes : reserveBytes * RESUME_FACTOR;
      const leftBytes = await this.#extend(this.#ahead, free - wantsBytes);
      this.#becomes(leftBytes <= 0, free, null);
    } catch (error) {
      // Not only ENOSPC: a quota, a limit on files, a disk that fails. What cannot be written cannot be kept.
      this.#becomes(true, this.#report.freeBytes, (error as NodeJS.ErrnoException).code ?? 'unknown');
    }
  }

  /** Makes the file as long as it should be, while there is room to spare; resolves to what is left of it. */
  async #extend(ahead: DataFileAhead, spareBytes: number): Promise<number> {
    const { maxBytes, endBytes } = this.#watched;
    let left = spareBytes;
    const writtenBytes = endBytes() - this.#endBytes;
    this.#endBytes = endBytes();
    if (writtenBytes > CALM_BYTES && spareBytes > PLENTY_FACTOR * this.#options.aheadBytes) return left;
    for (;;) {
      const end = endBytes();
      const wanted = end + Math.min(this.#options.aheadBytes, Math.max(AHEAD_MIN_BYTES, end * AHEAD_PART));
      const missing = Math.min(wanted, maxBytes) - this.#lengthBytes;
      if (missing <= 0 || left <= 0 || this.#stopping.signal.aborted) return left;
      const before = this.#lengthBytes;
      await ahead.extend(Math.min(missing, left));
      this.#lengthBytes = await ahead.lengthBytes();
      left -= this.#lengthBytes - before;
    }
  }

  #becomes(short: boolean, freeBytes: number | null, refusal: string | null): void {
    const before = this.#report.state;
    this.#report = { state: short ? 'short' : 'ok', freeBytes, refusal };
    const full = short && this.boundBytes - this.#watched.usedBytes() < FULL_BYTES;
    if (full) this.#report = { ...this.#report, state: 'full' };
    if (this.#report.state !== before) this.#options.onChange?.(this.#report);
  }
}

/** LMDB's two files, the key, and the first records. */
const BEGIN_BYTES = MIB;
const FIRST_FILES = [DATA_FILE, 'lock.mdb'];

/**
 * Looks whether a journal can begin in a folder, or one there be opened. Throws JournalError `unusable` where files are
 * yet to be made and the disk has no room for them: LMDB maps its lock file, and a mapped page that cannot be written
 * ends the process.
 */
export function requireRoomToBegin(dir: string): void {
  if (FIRST_FILES.every((name) => existsSync(join(dir, name)))) return;
  let folder = resolve(dir);
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= BEGIN_BYTES) return;
  throw new JournalError(
    'unusable',
    `there is no room to begin a journal in ${dir}: the disk has ${bavail * bsize} bytes free, ${BEGIN_BYTES} are needed`,
  );
}

async function freeOnDisk(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
