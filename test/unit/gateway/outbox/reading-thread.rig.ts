/**
 * A thread that reads a journal on its way out while another thread writes it. Told the newest position on disk, it
 * reads everything up to there, checks that nothing is missing, damaged or beyond, and says how far it is.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openOutboxReader } from '../../../../gateway/journal/outbox-reader.ts';
import { frameFault } from '../../../../gateway/journal/record/record-frame.ts';

const reader = openOutboxReader((workerData as { folder: string }).folder);
let position = 0;

function readOn(): void {
  for (;;) {
    const batch = reader.storedAfter(position, { records: 300, bytes: 1 << 20 });
    if (!batch) break;
    if (batch.damaged) throw batch.damaged;
    if (batch.first !== position + 1 && position > 0)
      throw new Error(`${batch.first} came after ${position}`);
    for (const [i, bytes] of batch.records.entries()) {
      const fault = frameFault(batch.first + i, bytes);
      if (fault) throw fault;
    }
    position = batch.first + batch.records.length - 1;
    if (position > reader.syncedPosition) throw new Error('read what is not on disk');
  }
  if (position < reader.syncedPosition) throw new Error('what is on disk cannot be read');
}

parentPort?.on('message', async (message: { synced: number } | 'close') => {
  if (message === 'close') {
    await reader.close();
    parentPort?.postMessage({ closed: true });
    parentPort?.close();
    return;
  }
  reader.setSynced(message.synced);
  readOn();
  parentPort?.postMessage({ position });
});
parentPort?.postMessage({ epoch: reader.epoch });
