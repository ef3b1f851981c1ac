/** The key of the journal's pseudonyms: 32 random bytes in a file beside the journal, made once. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createPrivateFile, makePrivateFolder, readIfThere } from '../storage/private-files.ts';
import { JOURNAL_WAYS_OUT, JournalError } from './journal-error.ts';

const KEY_FILE = 'journal.key';
const KEY_BYTES = 32;

/**
 * Reads the key, or makes one where no journal has been kept yet. Throws JournalError `unusable` when a journal is
 * there without its key: under a new key no record could be linked to its card any more, and used codes would pass
 * again.
 */
export function journalKey(folder: string): Buffer {
  const key = journalKeyIfThere(folder);
  if (key) return key;
  if (existsSync(join(folder, 'data.mdb'))) {
    throw new JournalError(
      'unusable',
      `${folder} holds a journal, but its key ${KEY_FILE} is missing. ${JOURNAL_WAYS_OUT}`,
    );
  }
  makePrivateFolder(folder);
  const fresh = randomBytes(KEY_BYTES);
  createPrivateFile(join(folder, KEY_FILE), fresh);
  return fresh;
}

/** Null when there is none. Throws JournalError `unusable` when the file does not hold a key. */
export function journalKeyIfThere(folder: string): Buffer | null {
  const file = join(folder, KEY_FILE);
  const key = readIfThere(file);
  if (key && key.length !== KEY_BYTES)
    throw new JournalError(
      'unusable',
      `${file} holds ${key.length} bytes, and a key has ${KEY_BYTES}. ${JOURNAL_WAYS_OUT}`,
    );
  return key;
}
