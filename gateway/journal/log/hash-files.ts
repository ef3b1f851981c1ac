/**
 * The log's hashes on disk, in the journal's folder `log/`. Leaves, 32 bytes each, in files of 65,536; and the hashes
 * above each 256 of them (tiles of level 1, as in C2SP tlog-tiles) in one file, which is never shortened. What is missing
 * after a crash of the machine is hashed again from the records, so files are synced only where that may not be possible.
 */
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateFolder, PRIVATE_FILE_MODE } from '../../storage/private-files.ts';
import { HASH_BYTES } from './tree.ts';

const FILE_LEAVES = 65_536;
const LEAF_FILE = /^leaves-(\d{8})$/;
const TILES = 'tiles';

export const logFolder = (journalFolder: string) => join(journalFolder, 'log');

/**
 * Where the hashes of a checkpoint's tree are: those of the first tree in the log's folder itself, those of one that follows
 * another in a folder that is called after where it begins.
 */
export function treeFolder(
  folder: string,
  { begins, follows }: { readonly begins: number; readonly follows: unknown },
): string {
  return follows === null ? folder : join(folder, `tree-${begins}`);
}

const leafFile = (number: number) => `leaves-${String(number).padStart(8, '0')}`;

/** The hashes of the tiles, as far as they are kept. */
export function readTiles(folder: string): Buffer {
  const file = join(folder, TILES);
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  return bytes.subarray(0, bytes.length - (bytes.length % HASH_BYTES));
}

/** Hashes of leaves from one up to another, as far as all before them are kept. */
export function readLeaves(folder: string, start: number, end: number): Buffer {
  const hashes = Buffer.alloc((end - start) * HASH_BYTES);
  for (let at = start; at < end; ) {
    const number = Math.floor(at / FILE_LEAVES);
    const until = Math.min(end, (number + 1) * FILE_LEAVES);
    const target = hashes.subarray((at - start) * HASH_BYTES, (until - start) * HASH_BYTES);
    const bytes = readAt(join(folder, leafFile(number)), target, (at % FILE_LEAVES) * HASH_BYTES);
    if (bytes < target.length) {
      const whole = (at - start) * HASH_BYTES + bytes;
      return hashes.subarray(0, whole - (whole % HASH_BYTES));
    }
    at = until;
  }
  return hashes;
}

/** Returns how many bytes were there. */
function readAt(file: string, target: Uint8Array, offset: number): number {
  if (!existsSync(file)) return 0;
  const descriptor = openSync(file, 'r');
  try {
    return readSync(descriptor, target, 0, target.length, offset);
  } finally {
    closeSync(descriptor);
  }
}

/** Waits until every file of the log is on disk. */
export function syncLogFiles(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of [...readdirSync(folder, { recursive: true, encoding: 'utf8' }), '.']) {
    const descriptor = openSync(join(folder, name), 'r');
    fsyncSync(descriptor);
    closeSync(descriptor);
  }
}

/** Writes hashes where they belong. One call after the other. */
export class HashFiles {
  readonly #folder: string;
  readonly #bytesMax: number;
  readonly #open = new Map<string, FileHandle>();

  /** `bytesMax`: of leaves; the oldest files are removed beyond it. */
  constructor(folder: string, bytesMax: number) {
    makePrivateFolder(folder);
    this.#folder = folder;
    this.#bytesMax = bytesMax;
  }

  async writeLeaves(first: number, hashes: Uint8Array): Promise<void> {
    const end = first + hashes.length / HASH_BYTES;
    for (let at = first; at < end; ) {
      const number = Math.floor(at / FILE_LEAVES);
      const until = Math.min(end, (number + 1) * FILE_LEAVES);
      const part = hashes.subarray((at - first) * HASH_BYTES, (until - first) * HASH_BYTES);
      await this.#write(leafFile(number), part, (at % FILE_LEAVES) * HASH_BYTES);
      if (until % FILE_LEAVES === 0) await this.#finish(number);
      at = until;
    }
  }

  async writeTiles(first: number, hashes: Uint8Array): Promise<void> {
    await this.#write(TILES, hashes, first * HASH_BYTES);
  }

  /** Waits until what was written is on disk. */
  async sync(): Promise<void> {
    for (const file of this.#open.values()) await file.datasync();
  }

  async close(): Promise<void> {
    const files = [...this.#open.values()];
    this.#open.clear();
    for (const file of files) await file.close();
  }

  async #write(name: string, bytes: Uint8Array, offset: number): Promise<void> {
    if (bytes.length === 0) return;
    const file = await this.#opened(name);
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, written, bytes.length - written, offset + written);
      written += bytesWritten;
    }
  }

  async #opened(name: string): Promise<FileHandle> {
    const known = this.#open.get(name);
    if (known) return known;
    const file = join(this.#folder, name);
    const opened = await open(file, existsSync(file) ? 'r+' : 'wx+', PRIVATE_FILE_MODE);
    this.#open.set(name, opened);
    return opened;
  }

  /** A full file is synced and closed, and what is too old to be kept is removed. */
  async #finish(number: number): Promise<void> {
    const name = leafFile(number);
    const file = this.#open.get(name);
    this.#open.delete(name);
    await file?.datasync();
    await file?.close();
    const kept = Math.max(1, Math.floor(this.#bytesMax / (FILE_LEAVES * HASH_BYTES)));
    for (const each of readdirSync(this.#folder)) {
      const [, digits] = LEAF_FILE.exec(each) ?? [];
      if (digits !== undefined && Number(digits) <= number - kept) await rm(join(this.#folder, each));
    }
  }
}
