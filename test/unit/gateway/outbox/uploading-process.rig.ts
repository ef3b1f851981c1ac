/**
 * A process of its own that appends to a journal and sends it to a platform, as a gateway does: one line a batch that
 * is kept, `kept LAST`, and `done` when the platform has everything. Arguments: folder, address, token, batches.
 */
import { writeSync } from 'node:fs';
import { JournalSpace } from '../../../../gateway/journal/journal-space.ts';
import { openJournal } from '../../../../gateway/journal/lmdb-journal.ts';
import { openOutboxReader } from '../../../../gateway/journal/outbox-reader.ts';
import { Outbox } from '../../../../gateway/outbox/outbox.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { sampleRecords } from '../journal/sample-records.rig.ts';
import { STATUS_KEYS } from '../live/status-seals.rig.ts';

const [dir = '', url = '', token = '', batches = '0'] = process.argv.slice(2);
const maxBytes = 1 << 28;
const journal = openJournal({ profile: TEST_PROFILE, dir, durability: 'sync', maxBytes });
const fail = (error: Error) => {
  throw error;
};
const space = new JournalSpace({
  journal,
  keepConfirmedMs: 3_600_000,
  whenFull: 'refuse',
  neededMs: () => 3_600_000,
  tickMs: 20,
  now: Date.now,
  onLost: () => process.exit(3),
  onFault: fail,
});
const reader = openOutboxReader(dir);
reader.setSynced(journal.syncedPosition);
const outbox = new Outbox({
  endpoint: { url, token, timeoutMs: 5_000 },
  gatewayId: 'gw-1',
  sealKeys: () => STATUS_KEYS.sealing,
  reader,
  confirmed: space.confirmedPosition,
  batchRecords: 40,
  idleMs: 2,
  retry: { firstMs: 5, longestMs: 50 },
  onConfirmed: (position) => space.confirmed(position),
  onConflict: () => process.exit(5),
  onFault: () => {},
  onSkipped: () => process.exit(4),
});

for (let batch = 0; batch < Number(batches); batch += 1) {
  await journal.append(sampleRecords(journal.nextPosition, 9));
  reader.setSynced(journal.syncedPosition);
  writeSync(1, `kept ${journal.nextPosition - 1}\n`);
}
while (outbox.waitingRecords > 0) await new Promise((resolve) => setTimeout(resolve, 5));
await outbox.stop();
await space.stop();
await reader.close();
await journal.close();
writeSync(1, 'done\n');
