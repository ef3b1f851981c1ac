/**
 * The checkpoints that were made, oldest first, in the file `log/checkpoints`: notes with an empty line behind each. All
 * recent ones are kept, and of older ones the last of each hour and of each epoch. The newest is on disk before anybody
 * is told of it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { type FileHandle, open, rename, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateFolder, PRIVATE_FILE_MODE, syncFolder } from '../../storage/private-files.ts';
import { JournalError } from '../journal-error.ts';
import { readCheckpoint, type SignedCheckpoint } from './checkpoint.ts';

export const RECENT_CHECKPOINTS = 1_024;
const HOUR_MS = 3_600_000;

export const checkpointFile = (folder: string) => join(folder, 'checkpoints');

/** Checkpoints of a file; a last one that was not written whole does not count. Throws JournalError `corrupt`. */
export function readCheckpoints(file: string): SignedCheckpoint[] {
  return existsSync(file) ? notesIn(readFileSync(file, 'utf8'), file).notes : [];
}

/** Notes with an empty line behind each. */
export function notesIn(content: string, file: string): { notes: SignedCheckpoint[]; bytes: number } {
  const parts = content.split(/(?<=\n— [^\n]*\n)\n/);
  const rest = parts.pop() ?? '';
  const notes = parts.map((text) => {
    const note = readCheckpoint(text);
    if (!note) throw new JournalError('corrupt', `${file} is damaged: it holds what is no checkpoint`);
    return note;
  });
  return { notes, bytes: Buffer.byteLength(content) - Buffer.byteLength(rest) };
}

/** Those that are worth keeping. */
export function thinnedOut(notes: readonly SignedCheckpoint[]): SignedCheckpoint[] {
  const recent = notes.length - RECENT_CHECKPOINTS;
  return notes.filter((note, i) => {
    const next = notes[i + 1];
    if (i >= recent || !next) return true;
    if (note.goesOn !== null) return true;
    return next.epoch !== note.epoch || Math.floor(next.atMs / HOUR_MS) !== Math.floor(note.atMs / HOUR_MS);
  });
}

export class CheckpointFile {
  readonly #folder: string;
  #notes: SignedCheckpoint[];
  #file: FileHandle;
  #bytes: number;

  private constructor(folder: string, notes: SignedCheckpoint[], file: FileHandle, bytes: number) {
    this.#folder = folder;
    this.#notes = notes;
    this.#file = file;
    this.#bytes = bytes;
  }

  /** Throws JournalError `corrupt`, and what the system says. */
  static async open(folder: string): Promise<CheckpointFile> {
    makePrivateFolder(folder);
    const path = checkpointFile(folder);
    const content = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const { notes, bytes } = notesIn(content, path);
    const file = await open(path, 'a', PRIVATE_FILE_MODE);
    await file.truncate(bytes);
    syncFolder(folder);
    return new CheckpointFile(folder, notes, file, bytes);
  }

  get newest(): SignedCheckpoint | null {
    return this.#notes.at(-1) ?? null;
  }

  /** Those that are kept, oldest first. */
  get all(): readonly SignedCheckpoint[] {
    return this.#notes;
  }

  /** Resolves when it is on disk. One that fails leaves the file as it was. */
  async append(note: SignedCheckpoint): Promise<void> {
    const bytes = Buffer.from(`${note.text}\n`, 'utf8');
    try {
      await this.#file.appendFile(bytes);
      await this.#file.datasync();
    } catch (error) {
      await this.#file.truncate(this.#bytes);
      throw error;
    }
    this.#bytes += bytes.length;
    this.#notes.push(note);
    if (this.#notes.length > RECENT_CHECKPOINTS * 2) await this.#thinOut();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Into a new file, which takes the place of the old one when it is on disk. */
  async #thinOut(): Promise<void> {
    const notes = thinnedOut(this.#notes);
    if (notes.length > this.#notes.length - RECENT_CHECKPOINTS / 2) return;
    const path = checkpointFile(this.#folder);
    const fresh = await open(`${path}.new`, 'a', PRIVATE_FILE_MODE);
    await truncate(`${path}.new`);
    const content = notes.map(({ text }) => `${text}\n`).join('');
    await fresh.appendFile(content);
    await fresh.datasync();
    await rename(`${path}.new`, path);
    syncFolder(this.#folder);
    await this.#file.close();
    [this.#file, this.#notes, this.#bytes] = [fresh, notes, Buffer.byteLength(content)];
  }
}
