/** What the `onecard journal` commands share: the journal of a data folder, and how they fail. */
import { join } from 'node:path';
import { SettingsError } from '../config/settings.ts';
import { JournalError } from '../gateway/journal/journal-error.ts';
import { type JournalReader, openJournalReader } from '../gateway/journal/journal-reader.ts';
import { FolderTakenError } from '../gateway/storage/folder-lock.ts';
import { LmdbFileError } from '../gateway/storage/lmdb-file.ts';
import { type DataFolderOptions, dataFolder, existing } from './data-folder.ts';
import { runOrExplain } from './unusable.ts';

/** What verify and replay end with when something is not as it should be. */
export const FOUND_EXIT_CODE = 1;

/** Throws UnusableError when there is none. */
export function journalFolder(options: DataFolderOptions): string {
  return existing(join(dataFolder(options), 'journal'), 'journal');
}

export async function withReader(
  options: DataFolderOptions,
  use: (reader: JournalReader) => void,
): Promise<void> {
  const reader = openJournalReader(journalFolder(options));
  try {
    use(reader);
  } finally {
    await reader.close();
  }
}

export async function explained(
  command: string,
  action: () => Promise<void>,
  also: readonly (abstract new (...args: never[]) => Error)[] = [],
): Promise<void> {
  await runOrExplain(
    `journal ${command}`,
    [JournalError, SettingsError, LmdbFileError, FolderTakenError, ...also],
    action,
  );
}
