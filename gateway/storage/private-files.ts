/** Files that only the gateway's own user may read. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Access rights of files that hold keys or decisions: read and write for the owner, nothing for others. */
export const PRIVATE_FILE_MODE = 0o600;
const PRIVATE_FOLDER_MODE = 0o700;

/** Makes the folder, and those above it, for the owner alone. One that exists is left as it is. */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER_MODE });
}

/** Writes a new file and waits until it is on disk. Throws EEXIST rather than overwrite. */
export function createPrivateFile(file: string, content: string | Uint8Array): void {
  writeAndSync(file, content, 'wx');
  syncFolder(dirname(file));
}

/** Replaces a file whole: readers see the old content or the new, also after a crash. */
export function replacePrivateFile(file: string, content: string | Uint8Array): void {
  const fresh = `${file}.new`;
  rmSync(fresh, { force: true });
  writeAndSync(fresh, content, 'wx');
  renameSync(fresh, file);
  syncFolder(dirname(file));
}

/** Content of a file, or null when there is none. */
export function readIfThere(file: string): Buffer | null {
  return existsSync(file) ? readFileSync(file) : null;
}

function writeAndSync(file: string, content: string | Uint8Array, flags: string): void {
  const descriptor = openSync(file, flags, PRIVATE_FILE_MODE);
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(descriptor, bytes, written);
    }
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A new name is durable once its folder is. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
