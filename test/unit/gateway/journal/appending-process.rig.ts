/**
 * A process of its own that appends to a journal and says what was acknowledged: one line a batch, `kept FIRST LAST`
 * or `refused CODE`. Arguments: folder, durability, records a batch, outstanding batches, stop after so many batches.
 */
import { writeSync } from 'node:fs';
import { type JournalDurability, openJournal } from '../../../../gateway/journal/lmdb-journal.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { sampleRecords } from './sample-records.rig.ts';

const [dir = '', durability = 'sync', size = '1', outstanding = '1', stopAfter = '0'] = process.argv.slice(2);
const journal = openJournal({
  profile: TEST_PROFILE,
  dir,
  durability: durability as JournalDurability,
  maxBytes: 1 << 30,
});
let batches = 0;

async function appendForEver(): Promise<void> {
  while (stopAfter === '0' || batches < Number(stopAfter)) {
    batches += 1;
    const first = journal.nextPosition;
    const records = sampleRecords(first, Number(size));
    try {
      await journal.append(records);
      writeSync(1, `kept ${first} ${first + records.length - 1}\n`);
    } catch (error) {
      writeSync(1, `refused ${(error as { code?: string }).code}\n`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

await Promise.all(Array.from({ length: Number(outstanding) }, appendForEver));
await journal.close();
