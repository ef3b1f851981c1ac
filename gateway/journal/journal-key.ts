/**
 * The keys of the journal's pseudonyms: 32 random bytes in a file beside the journal, made once for each profile that it
 * was kept in. Records of before a change-over keep their names, so the key of those stays.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CRYPTO_PROFILES, type CryptoProfile } from '../../config/crypto-settings.ts';
import { createPrivateFile, makePrivateFolder, readIfThere } from '../storage/private-files.ts';
import { JOURNAL_WAYS_OUT, JournalError } from './journal-error.ts';

export const JOURNAL_KEY_FILES = {
  international: 'journal.key',
  sm: 'journal-sm3.key',
} as const satisfies Record<CryptoProfile, string>;
const KEY_BYTES = 32;

export type JournalKeys = Readonly<Record<CryptoProfile, Buffer | null>>;

/**
 * Reads the key, or makes one where no journal has been kept yet, or only one of another profile. Throws JournalError
 * `unusable` when a journal is there without any key: under a new key no record could be linked to its card any more, and
 * used codes would pass again.
 */
export function journalKey(folder: string, profile: CryptoProfile): Buffer {
  const key = readKey(folder, profile);
  if (key) return key;
  if (existsSync(join(folder, 'data.mdb')) && !hasKey(journalKeysIfThere(folder))) {
    throw new JournalError(
      'unusable',
      `${folder} holds a journal, but its key ${JOURNAL_KEY_FILES[profile]} is missing. ${JOURNAL_WAYS_OUT}`,
    );
  }
  makePrivateFolder(folder);
  const fresh = randomBytes(KEY_BYTES);
  createPrivateFile(join(folder, JOURNAL_KEY_FILES[profile]), fresh);
  return fresh;
}

/** Null where there is none. Throws JournalError `unusable` when a file does not hold a key. */
export function journalKeysIfThere(folder: string): JournalKeys {
  return { international: readKey(folder, 'international'), sm: readKey(folder, 'sm') };
}

export function hasKey(keys: JournalKeys): boolean {
  return CRYPTO_PROFILES.some((profile) => keys[profile] !== null);
}

function readKey(folder: string, profile: CryptoProfile): Buffer | null {
  const file = join(folder, JOURNAL_KEY_FILES[profile]);
  const key = readIfThere(file);
  if (key && key.length !== KEY_BYTES)
    throw new JournalError(
      'unusable',
      `${file} holds ${key.length} bytes, and a key has ${KEY_BYTES}. ${JOURNAL_WAYS_OUT}`,
    );
  return key;
}
