/** An append-only file of JSON lines. A line counts only once it is on disk with its line end. */
import { mkdirSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';

const LINE_END = 0x0a;

export interface JournalFile {
  /** Resolves when the lines are on disk. */
  append(lines: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens or makes the file and hands every line it holds to `onLine`. An unfinished last line, left by a crash in the
 * middle of a write, was never answered for and is cut off.
 */
export async function openJournalFile(path: string, onLine: (line: string) => void): Promise<JournalFile> {
  mkdirSync(dirname(path), { recursive: true });
  const file = await open(path, 'a+', 0o600);
  const kept = readLines(path, onLine);
  await file.truncate(kept);
  await file.sync();
  await syncFolder(dirname(path));
  let last: Promise<void> = Promise.resolve();
  return {
    append: (lines) => {
      // One write after another; a failed one must not stop those behind it.
      last = last.catch(() => {}).then(() => write(file, lines));
      return last;
    },
    close: async () => {
      await last.catch(() => {});
      await file.close();
    },
  };
}

async function write(file: FileHandle, lines: readonly string[]): Promise<void> {
  const { size } = await file.stat();
  try {
    await file.appendFile(lines.map((line) => `${line}\n`).join(''));
    await file.datasync();
  } catch (error) {
    await file.truncate(size);
    throw error;
  }
}

/** Answers how many bytes of the file are whole lines. */
function readLines(path: string, onLine: (line: string) => void): number {
  const bytes = readFileSync(path);
  let start = 0;
  for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, start)) {
    onLine(bytes.toString('utf8', start, end));
    start = end + 1;
  }
  return start;
}

/** A new file is safe only when its folder is on disk too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync();
  await folder.close();
}
