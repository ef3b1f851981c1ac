/**
 * Opening LMDB the way this gateway wants it: private files, no surprise from the name of the folder, and durability
 * said explicitly.
 *
 * What was learnt from lmdb-js 3.5 and is relied upon (its write.js, writer.cpp, and mdb_txn_commit in its mdb.c):
 * - A put returns at once and is committed by a thread of the pool. What must be kept whole or not at all goes into
 *   one `batch`.
 * - With its `eventTurnBatching`, a commit that fails also rejects a promise of its own that nobody can catch, which
 *   ends the process; without it, only promises that were handed out. So it is off.
 * - Without `overlappingSync`, a commit writes pages, then fdatasync, then the meta page through O_DSYNC, and only
 *   then settles the promise. If the fdatasync fails, the transaction is undone: nothing of it is seen.
 * - With it, a commit is seen by readers first and synced after; the promise still settles only after the sync, and
 *   after a crash of the machine LMDB goes back to the last synced transaction instead of a torn one (which `noSync`
 *   does not promise).
 * - The map grows by itself, past `mapSize`: whoever wants a bound must check it before writing.
 */
import { existsSync, statSync } from 'node:fs';
import { type Database, open, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb';
import { checkLmdbFile, lmdbDataFile } from './lmdb-file.ts';
import { makePrivateFolder, PRIVATE_FILE_MODE } from './private-files.ts';

export interface EnvironmentOptions {
  readonly folder: string;
  /** True: durable before a put settles. False: seen at once, synced soon after. */
  readonly syncBeforeVisible: boolean;
  /** Address space to reserve, bytes, so that the map seldom moves. */
  readonly mapBytes: number;
  readonly databases: number;
}

export type Environment = RootDatabase<Buffer, Buffer>;
export type Table = Database<Buffer, Buffer>;

/**
 * Opens, and makes if need be, an environment for writing. Throws LmdbFileError before a damaged file is mapped, and what
 * LMDB or the file system throws.
 */
export function openEnvironment(options: EnvironmentOptions): Environment {
  makePrivateFolder(options.folder);
  const file = lmdbDataFile(options.folder);
  // An empty file is one that LMDB was about to make.
  if (existsSync(file) && statSync(file).size > 0) checkLmdbFile(file);
  const settings: RootDatabaseOptionsWithPath & { permissionsMode: number } = {
    path: options.folder,
    // Otherwise a folder with a dot in its name would be taken for a file.
    noSubdir: false,
    maxDbs: options.databases,
    mapSize: options.mapBytes,
    overlappingSync: !options.syncBeforeVisible,
    eventTurnBatching: false,
    encoding: 'binary',
    keyEncoding: 'binary',
    permissionsMode: PRIVATE_FILE_MODE,
  };
  return open<Buffer, Buffer>(settings);
}

/** Opens an environment that another process may be writing. */
export function openEnvironmentReadOnly(folder: string, databases: number): Environment {
  return open<Buffer, Buffer>({
    path: folder,
    noSubdir: false,
    maxDbs: databases,
    encoding: 'binary',
    keyEncoding: 'binary',
    readOnly: true,
  });
}

/** A named table, made if the environment may be written; null when there is none. */
export function openTable(environment: Environment, name: string): Table | null {
  const table: Table | undefined = environment.openDB<Buffer, Buffer>({
    name,
    encoding: 'binary',
    keyEncoding: 'binary',
  });
  return table ?? null;
}

/** Error of a commit that failed, with LMDB's or the system's number in `code`; the cause lmdb-js hides is awaited. */
export async function commitFailure(rejection: unknown): Promise<{ code: number | null; error: Error }> {
  const hidden = (rejection as { commitError?: Promise<never> }).commitError;
  let error = rejection as Error;
  if (hidden) {
    try {
      await hidden;
    } catch (cause) {
      error = cause as Error;
    }
  }
  const code = (error as { code?: unknown }).code;
  return { code: typeof code === 'number' ? code : null, error };
}

/** Puts on disk what was committed before, also by a process that has ended. */
export function syncEnvironment(environment: Environment): Promise<void> {
  // lmdb-js has the method and its declarations do not.
  const { sync } = environment as Environment & { sync(done: (error?: Error) => void): void };
  return new Promise((resolve, reject) => {
    sync.call(environment, (error) => (error ? reject(error) : resolve()));
  });
}

interface PageCounts {
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/** Number of the newest transaction, by whatever process: while it is the same, nothing was written. */
export function newestTransaction(environment: Environment): number {
  return (environment.getStats() as { readonly lastTxnId: number }).lastTxnId;
}

/** Where the pages end in the data file, bytes. The file may be longer. */
export function endBytes(environment: Environment): number {
  const { pageSize, lastPageNumber } = environment.getStats() as {
    readonly pageSize: number;
    readonly lastPageNumber: number;
  };
  return (lastPageNumber + 1) * pageSize;
}

/** Bytes of all pages that hold something now. Pages freed by deletes are used again and do not count. */
export function liveBytes(environment: Environment, tables: readonly Table[]): number {
  const root = environment.getStats() as PageCounts & { pageSize: number; free: PageCounts };
  const counts = [root, root.free, ...tables.map((table) => table.getStats() as PageCounts)];
  const pages = counts.reduce((n, c) => n + c.treeBranchPageCount + c.treeLeafPageCount + c.overflowPages, 0);
  return pages * root.pageSize;
}
