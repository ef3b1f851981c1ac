/**
 * One process owns a folder. The lock is the kernel's and goes with the process, however that ends; the file that carries
 * it says who has it, for whoever comes second.
 *
 * Why an open-file-description lock (fcntl(2), F_OFD_SETLK) and not another: it also holds between two gateways of one
 * process and is not lost when some other part of the process opens and closes the file, as POSIX locks are; it is of the
 * file, so it holds between containers that share a folder, as sockets by name do not; a file of a process id outlives its
 * process, and the id is another's in another container.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { OnecardError } from '../../config/onecard-error.ts';
import { makePrivateFolder, PRIVATE_FILE_MODE } from './private-files.ts';

const LOCK_FILE = 'owner.lock';

/** Who has a folder. */
export interface FolderOwner {
  readonly pid: number;
  /** Name of the machine or container, whose process `pid` is. */
  readonly host: string;
  /** Such as `gateway gw-1`. */
  readonly who: string;
  /** Milliseconds since 1970 UTC. */
  readonly since_ms: number;
}

const Owner = Compile(
  Type.Object({ pid: Type.Integer(), host: Type.String(), who: Type.String(), since_ms: Type.Integer() }),
);

/** Another process has the folder; the message names it and says what to do. */
export class FolderTakenError extends OnecardError {
  override readonly name = 'FolderTakenError';
  readonly code = 'folder_taken';
  /** Null when the file does not say, as in the moment before it does. */
  readonly owner: FolderOwner | null;

  constructor(folder: string, owner: FolderOwner | null) {
    super(
      `the data folder ${folder} is in use by ${owner === null ? 'another process' : named(owner)}: ` +
        'two processes on one folder would overwrite each other. Stop that one first, or use another folder (data_dir)',
    );
    this.owner = owner;
  }
}

export interface FolderLock {
  /** Lets the folder go. Has no effect the second time. */
  release(): void;
}

/**
 * Takes the folder for this process, and makes it if need be. `who`: such as `gateway gw-1`. Throws FolderTakenError, or
 * what the file system throws.
 */
export function lockFolder(folder: string, who: string): FolderLock {
  makePrivateFolder(folder);
  const file = join(folder, LOCK_FILE);
  // The file stays: one that was removed and made again would be locked twice.
  let descriptor: number | null = openSync(file, 'a+', PRIVATE_FILE_MODE);
  if (!locking().tryLock(descriptor)) {
    closeSync(descriptor);
    throw new FolderTakenError(folder, ownerIn(file));
  }
  const owner: FolderOwner = { pid: process.pid, host: hostname(), who, since_ms: Date.now() };
  nameOwner(descriptor, owner);
  return {
    release() {
      if (descriptor !== null) closeSync(descriptor);
      descriptor = null;
    },
  };
}

/** For whoever comes second, in words. On a full disk it stays unsaid, and the folder is locked all the same. */
function nameOwner(descriptor: number, owner: FolderOwner): void {
  try {
    ftruncateSync(descriptor);
    writeSync(descriptor, `${JSON.stringify(owner)}\n`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

/** Loaded by who takes a folder: that takes longer than the lock, and most commands take none. */
function locking(): typeof import('fs-native-extensions') {
  return createRequire(import.meta.url)('fs-native-extensions');
}

function ownerIn(file: string): FolderOwner | null {
  try {
    const owner: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Owner.Check(owner) ? owner : null;
  } catch {
    return null;
  }
}

function named({ pid, host, who, since_ms: sinceMs }: FolderOwner): string {
  const where = host === hostname() ? '' : ` on ${host}`;
  return `process ${pid}${where} (${who}, since ${new Date(sinceMs).toISOString()})`;
}
