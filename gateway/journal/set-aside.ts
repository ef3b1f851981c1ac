/** Setting a journal aside, to begin a new one: nothing is deleted, and what is lost is said. */
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '../storage/private-files.ts';
import { openJournalReader } from './journal-reader.ts';
import { CURSORS } from './journal-tables.ts';

export interface SetAside {
  /** Where it is now. */
  readonly folder: string;
  /** Records the platform had not confirmed; null: they could not be counted. */
  readonly unconfirmedRecords: number | null;
}

/** Null when there was nothing. `identityFile` goes along. Throws what the file system throws. */
export async function setJournalAside(
  folder: string,
  identityFile: string,
  nowMs: number,
): Promise<SetAside | null> {
  const holdsAnything = existsSync(folder) && readdirSync(folder).length > 0;
  if (!holdsAnything && !existsSync(identityFile)) return null;
  const unconfirmedRecords = await unconfirmedIn(folder);
  const stamp = new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-');
  const aside = join(dirname(folder), `${basename(folder)}-set-aside-${stamp}`);
  if (existsSync(folder)) renameSync(folder, aside);
  else mkdirSync(aside, { mode: 0o700 });
  if (existsSync(identityFile)) renameSync(identityFile, join(aside, basename(identityFile)));
  syncFolder(aside);
  syncFolder(dirname(folder));
  return { folder: aside, unconfirmedRecords };
}

async function unconfirmedIn(folder: string): Promise<number | null> {
  try {
    const reader = openJournalReader(folder);
    try {
      const sent = Math.max(reader.cursor(CURSORS.confirmed), reader.firstPosition - 1);
      return Math.max(0, reader.lastPosition - sent);
    } finally {
      await reader.close();
    }
  } catch {
    return null;
  }
}
