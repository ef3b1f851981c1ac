/** Leaves out of the register's file what LMDB has freed in it and not used again. */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lmdbDataFile } from '../../../gateway/storage/lmdb-file.ts';
import { PRIVATE_FILE_MODE, syncFolder } from '../../../gateway/storage/private-files.ts';
import { LmdbRowStore, type LmdbRowStoreOptions } from './lmdb-row-store.ts';

export interface Compaction {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/** The register must be closed, and the folder owned. Throws HotelError, and what LMDB or the system says. */
export async function compactLmdb(options: LmdbRowStoreOptions): Promise<Compaction> {
  const file = lmdbDataFile(options.folder);
  const bytesBefore = statSync(file).size;
  const beside = join(options.folder, 'compacting');
  rmSync(beside, { recursive: true, force: true });
  mkdirSync(beside, { mode: 0o700 });
  try {
    const store = new LmdbRowStore(options);
    try {
      await store.copyCompacted(beside);
    } finally {
      await store.close();
    }
    const fresh = lmdbDataFile(beside);
    chmodSync(fresh, PRIVATE_FILE_MODE);
    syncFile(fresh);
    renameSync(fresh, file);
    syncFolder(options.folder);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
  return { bytesBefore, bytesAfter: statSync(file).size };
}

function syncFile(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
