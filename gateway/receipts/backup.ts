/**
 * A backup of receipts: what was proved, the receipts, and the keys, taken from a running gateway or beside a stopped one. It
 * appears whole under its name, or not at all.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { openEnvironmentReadOnly } from '../storage/lmdb-environment.ts';
import { lmdbDataFile } from '../storage/lmdb-file.ts';
import {
  createPrivateFile,
  makePrivateFolder,
  PRIVATE_FILE_MODE,
  readIfThere,
  syncFolder,
} from '../storage/private-files.ts';
import { RECEIPT_TABLES } from './receipt-store.ts';
import { ReceiptsError } from './receipts-error.ts';

const FILES = ['keys.json', 'subject.key'];
const STORE = 'store';

/** `folder`: `receipts` of a data folder. Rejects with ReceiptsError `unusable`, and what LMDB or the system says. */
export async function backUpReceipts(folder: string, to: string): Promise<void> {
  if (existsSync(to) && readdirSync(to).length > 0) {
    throw new ReceiptsError('unusable', `${to} holds something already: name a folder that is not there yet`);
  }
  const store = join(folder, STORE);
  if (!existsSync(lmdbDataFile(store)))
    throw new ReceiptsError('unusable', `there are no receipts in ${folder}`);
  const partial = `${to}.partial`;
  rmSync(partial, { recursive: true, force: true });
  makePrivateFolder(partial);
  try {
    // Before the keys: a receipt in the copy is never under a key that is not.
    await copyStore(store, join(partial, STORE));
    for (const name of FILES) copyFile(folder, partial, name);
    rmSync(to, { recursive: true, force: true });
    renameSync(partial, to);
    syncFolder(dirname(to));
  } catch (cause) {
    rmSync(partial, { recursive: true, force: true });
    throw cause;
  }
}

async function copyStore(from: string, to: string): Promise<void> {
  mkdirSync(to, { mode: 0o700 });
  const environment = openEnvironmentReadOnly(from, RECEIPT_TABLES);
  try {
    await environment.backup(to, true);
  } finally {
    await environment.close();
  }
  const copy = lmdbDataFile(to);
  chmodSync(copy, PRIVATE_FILE_MODE);
  const descriptor = openSync(copy, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
  syncFolder(to);
}

function copyFile(from: string, to: string, name: string): void {
  const content = readIfThere(join(from, name));
  if (content === null)
    throw new ReceiptsError('unusable', `${join(from, name)} is not there: nothing was backed up`);
  createPrivateFile(join(to, name), content);
}
