/**
 * The links that were applied since the snapshot, on disk as they were signed, one per line. What a crash tore off at the
 * end is cut off when the log is opened; whether what is left may be believed is for its reader.
 */
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { PRIVATE_FILE_MODE, replacePrivateFile } from '../../storage/private-files.ts';

const LINE_FEED = '\n';
/** Written and synced at once: the journal's commits wait behind it on the same disk, and taps behind them. */
const PIECE_BYTES = 262_144;

export class DeltaLog {
  readonly #file: string;
  #descriptor: number;
  /** Bytes that are known to be whole lines on disk; whatever lies behind them is written over. */
  #bytes = 0;

  /** Opens or makes the file. Throws the system's error when it cannot be used. */
  constructor(file: string) {
    this.#file = file;
    this.#descriptor = openLog(file);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The whole lines that are there, at most `maxBytes` of them. From now on the log ends behind the last of those that
   * `taken` was given and took; the others are cut off.
   */
  replay(maxBytes: number, taken: (link: string) => boolean): void {
    const text = this.#read(Math.min(maxBytes, fstatSync(this.#descriptor).size));
    this.#bytes = 0;
    for (let start = 0; ; ) {
      const end = text.indexOf(LINE_FEED, start);
      if (end < 0 || !taken(text.slice(start, end))) break;
      start = end + 1;
      this.#bytes = start;
    }
    if (this.#bytes < fstatSync(this.#descriptor).size) this.#cut();
  }

  /** On disk, all of them, when it returns; throws the system's error, and then none of them counts. */
  append(links: readonly string[]): void {
    const lines = linesOf(links);
    try {
      for (let written = 0; written < lines.length; ) {
        const piece = Math.min(PIECE_BYTES, lines.length - written);
        written += writeSync(this.#descriptor, lines, written, piece, this.#bytes + written);
        fdatasyncSync(this.#descriptor);
      }
    } catch (error) {
      this.#cut();
      throw error;
    }
    this.#bytes += lines.length;
  }

  /** All links that count, oldest first. */
  links(): string[] {
    return this.#read(this.#bytes).split(LINE_FEED).slice(0, -1);
  }

  /** Other links in the place of all there are: whole, or not at all. */
  replace(links: readonly string[]): void {
    const lines = linesOf(links);
    replacePrivateFile(this.#file, lines);
    closeSync(this.#descriptor);
    this.#descriptor = openLog(this.#file);
    this.#bytes = lines.length;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #read(size: number): string {
    const bytes = Buffer.alloc(size);
    let read = 0;
    while (read < size) {
      const more = readSync(this.#descriptor, bytes, read, size - read, read);
      if (more === 0) break;
      read += more;
    }
    return bytes.toString('latin1', 0, read);
  }

  #cut(): void {
    ftruncateSync(this.#descriptor, this.#bytes);
    fsyncSync(this.#descriptor);
  }
}

function openLog(file: string): number {
  return openSync(file, constants.O_RDWR | constants.O_CREAT, PRIVATE_FILE_MODE);
}

function linesOf(links: readonly string[]): Buffer {
  return Buffer.from(links.map((link) => link + LINE_FEED).join(''), 'latin1');
}
