/**
 * Writes the journal's data file ahead of LMDB: blocks of zeros at its end, before they are needed. A full disk is met
 * here then, and not by a commit; what stands ahead is a reserve nobody can take away; and a commit does not make the
 * file grow, which takes longer to sync.
 *
 * LMDB knows its pages by the meta page, and a file that is longer than they need is what it expects of one whose map
 * is written (MDB_WRITEMAP). Appending (O_APPEND) puts zeros at what is the end at that moment, also if LMDB has just
 * grown the file by itself: they never overwrite a page.
 */
import { type FileHandle, open } from 'node:fs/promises';

/** LMDB's name for it. */
export const DATA_FILE = 'data.mdb';
const PIECE_BYTES = 1_048_576;
const ZEROS = Buffer.alloc(PIECE_BYTES);

export class DataFileAhead {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** `file`: LMDB's data file, which exists. Rejects with what the file system says. */
  static async open(file: string): Promise<DataFileAhead> {
    return new DataFileAhead(await open(file, 'a'));
  }

  /** Length of the file, bytes. */
  async lengthBytes(): Promise<number> {
    const { size } = await this.#file.stat();
    return size;
  }

  /** Makes the file longer by a piece of at most so many bytes, on disk. Rejects with what the file system says. */
  async extend(bytesMax: number): Promise<void> {
    await this.#file.write(ZEROS, 0, Math.min(PIECE_BYTES, bytesMax));
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
