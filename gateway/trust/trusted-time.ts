/**
 * The newest time at which metadata was found good with the platform. Taken for now while the machine's clock says
 * less, so that a clock set back makes nothing good again that had expired by then. What it does not do: with a clock
 * set back and the platform out of reach, time stands still at the last good update, or in a later process goes on from
 * it, so trust lives longer by as much as the clock was set back. It is no secret and not signed: who can write to the
 * data folder can remove it. A clock that is wrongly ahead moves it no further than the earliest expiry of what was
 * just verified, so that it never keeps newer metadata out.
 */
import { join } from 'node:path';
import { makePrivateFolder, readIfThere, replacePrivateFile } from '../storage/private-files.ts';

const FILE = 'trusted-time.json';
/** Written no more often than this, unless there is a new bundle. */
const WRITE_EVERY_MS = 60_000;

export class TrustedTime {
  readonly #folder: string;
  readonly #now: () => number;
  #newestMs = 0;
  #writtenMs = 0;

  constructor(folder: string, now: () => number) {
    this.#folder = folder;
    this.#now = now;
  }

  /** Milliseconds since 1970 UTC. */
  nowMs(): number {
    return Math.max(this.#now(), this.#newestMs);
  }

  /** Takes up what an earlier process wrote. Nothing good was ever found at or past `expiresAtMs`: then it is damage. */
  load(expiresAtMs: number): void {
    const text = readIfThere(join(this.#folder, FILE))?.toString('utf8') ?? '';
    const writtenMs = /^\{"verified_at_ms":(\d{1,15})\}$/.exec(text)?.[1];
    if (writtenMs === undefined || Number(writtenMs) >= expiresAtMs) return;
    this.#writtenMs = Number(writtenMs);
    this.#newestMs = Math.max(this.#newestMs, this.#writtenMs);
  }

  /** Metadata was found good with the platform at `atMs`. Throws errors of the file system. */
  advance(atMs: number, isNewBundle: boolean): void {
    this.#newestMs = Math.max(this.#newestMs, Math.floor(atMs));
    if (!isNewBundle && this.#newestMs - this.#writtenMs < WRITE_EVERY_MS) return;
    makePrivateFolder(this.#folder);
    replacePrivateFile(join(this.#folder, FILE), `{"verified_at_ms":${this.#newestMs}}`);
    this.#writtenMs = this.#newestMs;
  }
}
