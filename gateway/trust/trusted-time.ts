/**
 * Time that a clock set back does not take back. Kept is the newest time at which metadata was found good with the
 * platform: no earlier time counts as now, in this process or a later one, so that nothing is good again that had
 * expired by then. From there on a monotonic clock goes along, so that trust in force expires in a running gateway
 * whatever its clock says.
 *
 * Not protected: a gateway that is restarted, cut off and has its clock set back goes on from the time kept, so its
 * trust lives longer by the time that has passed since. Not protected either: who can write to the data folder can
 * remove the time kept. A clock that is wrongly ahead moves it no further than the earliest expiry of what was just
 * verified, and the monotonic clock does not count in updates, so that newer metadata is never kept out by it, as long
 * as the platform does not shorten the lives it signs.
 */
import { join } from 'node:path';
import { makePrivateFolder, readIfThere, replacePrivateFile } from '../storage/private-files.ts';

const FILE = 'trusted-time.json';
/** Written no more often than this, unless there is a new bundle. */
const WRITE_EVERY_MS = 60_000;

export interface Clocks {
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Milliseconds from any fixed moment of this process, never set. */
  readonly monotonic: () => number;
}

export class TrustedTime {
  readonly #folder: string;
  readonly #clocks: Clocks;
  #newestMs = 0;
  #writtenMs = 0;
  /** What time it was when, by the monotonic clock. */
  #anchor = { atMs: 0, monotonicMs: 0 };

  constructor(folder: string, clocks: Clocks) {
    this.#folder = folder;
    this.#clocks = clocks;
  }

  /** For judging what is in force. Milliseconds since 1970 UTC. */
  nowMs(): number {
    const elapsedMs = this.#clocks.monotonic() - this.#anchor.monotonicMs;
    return Math.max(this.referenceMs(), this.#anchor.atMs + elapsedMs);
  }

  /** For judging what the platform serves. Milliseconds since 1970 UTC. */
  referenceMs(): number {
    return Math.max(this.#clocks.now(), this.#newestMs);
  }

  /** Takes up what an earlier process wrote. Nothing good was ever found at or past `expiresAtMs`: then it is damage. */
  load(expiresAtMs: number): void {
    const text = readIfThere(join(this.#folder, FILE))?.toString('utf8') ?? '';
    const writtenMs = /^\{"verified_at_ms":(\d{1,15})\}$/.exec(text)?.[1];
    if (writtenMs === undefined || Number(writtenMs) >= expiresAtMs) return;
    this.#writtenMs = Number(writtenMs);
    this.#moveTo(this.#writtenMs);
  }

  /** Metadata was found good with the platform at `atMs`. Throws errors of the file system; counts all the same. */
  advance(atMs: number, isNewBundle: boolean): void {
    this.#moveTo(Math.floor(atMs));
    if (!isNewBundle && this.#newestMs - this.#writtenMs < WRITE_EVERY_MS) return;
    makePrivateFolder(this.#folder);
    replacePrivateFile(join(this.#folder, FILE), `{"verified_at_ms":${this.#newestMs}}`);
    this.#writtenMs = this.#newestMs;
  }

  #moveTo(atMs: number): void {
    this.#newestMs = Math.max(this.#newestMs, atMs);
    this.#anchor = { atMs: this.#newestMs, monotonicMs: this.#clocks.monotonic() };
  }
}
