/** A journal as it is after a busy hour: large, and confirmed by the platform. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { CURSORS } from '../../gateway/journal/journal-cursors.ts';
import { openJournal } from '../../gateway/journal/lmdb-journal.ts';
import { sampleRecords } from '../journal/sample-records.ts';

const GIB = 2 ** 30;
const GROUP_RECORDS = 500;

/** Appends to the journal of a folder until its data file has that many bytes. `atMs`: when all was decided. */
export async function filledJournal(dir: string, bytes: number, atMs = Date.now()): Promise<void> {
  const journal = openJournal({ dir, durability: 'commit', maxBytes: GIB });
  while (statSync(join(dir, 'data.mdb')).size < bytes) {
    await journal.append(sampleRecords(journal.nextPosition, GROUP_RECORDS, { atMs }));
  }
  const last = journal.nextPosition - 1;
  for (const name of [CURSORS.confirmed, CURSORS.rejudged]) await journal.saveCursor(name, last);
  await journal.close();
}
