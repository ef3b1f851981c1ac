/**
 * Lists on disk. A snapshot's file is named after the hash that the platform's metadata announced, and held against
 * that name whenever it is read: a torn or changed one is not used.
 */
import { linkSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type NamedDigest, namedDigest } from '../../../crypto/named-digest.ts';
import { readListFile } from '../../../lists/list-file.ts';
import type { ListHandle } from '../../../lists/list-handle.ts';
import {
  makePrivateFolder,
  readIfThere,
  replacePrivateFile,
  syncFolder,
} from '../../storage/private-files.ts';
import { DeltaLog } from './follow-log.ts';

/** A list as the platform's metadata announces it. */
export interface AnnouncedList {
  /** `lists/cards.list`, `lists/named/NAME.list`. */
  readonly path: string;
  readonly digest: NamedDigest;
}

/** Resolves to a file, on the same disk as the folder, with what the platform's metadata announces under that path. */
export type Download = (path: string, signal: AbortSignal) => Promise<string>;

/** The name of the digest stands behind it, where names of lists cannot be taken for it. */
const SNAPSHOT = /^([a-z0-9][a-z0-9._-]{0,62})-([0-9a-f]{64})(\.sm3)?\.list$/;
const FETCHING = 'fetching.list';

export class ListFolder {
  readonly #folder: string;

  /** Makes the folder. */
  constructor(folder: string) {
    this.#folder = folder;
    makePrivateFolder(folder);
    rmSync(join(folder, FETCHING), { force: true });
  }

  /** Names and hashes of the snapshots that are there. */
  snapshots(): readonly { readonly name: string; readonly digest: NamedDigest }[] {
    return readdirSync(this.#folder).flatMap((file) => {
      const [, name, hex, isSm3] = SNAPSHOT.exec(file) ?? [];
      if (name === undefined || hex === undefined) return [];
      return [{ name, digest: namedDigest(isSm3 ? 'sm' : 'international', Buffer.from(hex, 'hex'), 'hex') }];
    });
  }

  /** Rejects with ListFileError and the system's errors. */
  read(name: string, digest: NamedDigest, maxCards: number): Promise<ListHandle> {
    return readListFile(this.#file(name, digest), { maxCards, digest });
  }

  /** Fetches a list and reads it; it is kept only by `keep`. Rejects like `read` and `download`. */
  async fetch(
    target: AnnouncedList,
    maxCards: number,
    download: Download,
    signal: AbortSignal,
  ): Promise<ListHandle> {
    const file = join(this.#folder, FETCHING);
    const fetched = await download(target.path, signal);
    rmSync(file, { force: true });
    // Another name for the same file: it stays though whoever fetched it lets go of it.
    linkSync(fetched, file);
    return await readListFile(file, { maxCards, digest: target.digest });
  }

  /** Puts what was fetched last in the place of the list's earlier snapshots. On disk when it returns. */
  keep(name: string, digest: NamedDigest): void {
    renameSync(join(this.#folder, FETCHING), this.#file(name, digest));
    syncFolder(this.#folder);
    for (const other of this.snapshots()) {
      if (other.name === name && other.digest !== digest)
        rmSync(this.#file(name, other.digest), { force: true });
    }
  }

  remove(name: string): void {
    for (const each of this.snapshots()) {
      if (each.name === name) rmSync(this.#file(name, each.digest), { force: true });
    }
  }

  openLog(): DeltaLog {
    const log = new DeltaLog(join(this.#folder, 'deltas.log'));
    syncFolder(this.#folder);
    return log;
  }

  /** The newest head, as signed. */
  readHead(): string | null {
    return readIfThere(join(this.#folder, 'head.jws'))?.toString('latin1') ?? null;
  }

  keepHead(jws: string): void {
    replacePrivateFile(join(this.#folder, 'head.jws'), jws);
  }

  #file(name: string, digest: NamedDigest): string {
    const [hex, algorithm] = digest.split(':').reverse();
    return join(this.#folder, `${name}-${hex}${algorithm === undefined ? '' : `.${algorithm}`}.list`);
  }
}
