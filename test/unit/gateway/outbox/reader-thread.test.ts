/** The journal read in one thread while another writes it: the same environment of LMDB, opened twice in a process. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { drawnLineage, JOURNAL_TABLES } from '../../../../gateway/journal/journal-tables.ts';
import { openJournal } from '../../../../gateway/journal/lmdb-journal.ts';
import { encodeRecord } from '../../../../gateway/journal/record/record-codec.ts';
import { positionKey } from '../../../../gateway/journal/record/record-keys.ts';
import { openEnvironment, openTable } from '../../../../gateway/storage/lmdb-environment.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { sampleRecord, sampleRecords } from '../journal/sample-records.rig.ts';
import { temporaryFolder } from '../journal/temporary-folder.rig.ts';
import { eventually } from './eventually.rig.ts';

const ENTRY = new URL('./reading-thread.rig.ts', import.meta.url);

async function readingThread(folder: string) {
  const worker = new Worker(ENTRY, { workerData: { folder } });
  onTestFinished(async () => void (await worker.terminate()));
  const failed = once(worker, 'error').then(([error]) => {
    throw error;
  });
  failed.catch(() => {});
  const next = async (): Promise<Record<string, unknown>> => {
    const [message] = await Promise.race([once(worker, 'message'), failed]);
    return message as Record<string, unknown>;
  };
  const { epoch } = await next();
  const readThrough = async (synced: number) => {
    const answer = next();
    worker.postMessage({ synced });
    return (await answer)['position'];
  };
  return { worker, epoch, next, readThrough };
}

test.each(['sync', 'commit'] as const)(
  'reads everything and nothing else, durability %s',
  async (durability) => {
    const dir = temporaryFolder();
    const journal = openJournal({
      profile: TEST_PROFILE,
      dir,
      durability,
      maxBytes: 1 << 30,
      indexEntries: 500,
    });
    onTestFinished(() => journal.close());
    const threads = await Promise.all([readingThread(dir), readingThread(dir)]);
    for (const { epoch } of threads) expect(epoch).toBe(journal.epoch);
    let writing = true;
    const reading = threads.map(async ({ readThrough }) => {
      while (writing) {
        const synced = journal.syncedPosition;
        if (synced === 0) await new Promise(setImmediate);
        else expect(await readThrough(synced)).toBeGreaterThanOrEqual(synced);
      }
    });
    const append = async () => {
      for (let i = 0; i < 150; i += 1) await journal.append(sampleRecords(journal.nextPosition, 10));
    };
    await Promise.all([append(), append(), append(), append()]);
    await eventually(() => journal.syncedPosition).toBe(6_000);
    writing = false;
    await Promise.all(reading);
    for (const { readThrough } of threads) expect(await readThrough(6_000)).toBe(6_000);
  },
);

test('goes on while the map grows under it', async () => {
  const dir = temporaryFolder();
  const environment = openEnvironment({
    folder: dir,
    syncBeforeVisible: true,
    mapBytes: 1 << 17,
    databases: 3,
  });
  onTestFinished(() => environment.close());
  const [records, , cursors] = Object.values(JOURNAL_TABLES).map((name) => openTable(environment, name));
  if (!records || !cursors) throw new Error('tables are made');
  drawnLineage(cursors, 0).current.epoch;
  const { readThrough } = await readingThread(dir);
  let position = 0;
  for (let round = 0; round < 40; round += 1) {
    const reading = position > 0 ? readThrough(position) : null;
    await environment.batch(() => {
      for (let i = 0; i < 500; i += 1) {
        position += 1;
        records.put(positionKey(position), encodeRecord(sampleRecord(position), sampleRecord(position).atMs));
      }
    });
    await reading;
  }
  expect(await readThrough(position)).toBe(20_000);
  expect(environment.getStats()).toMatchObject({
    mapSize: expect.toSatisfy((size: number) => size > 1 << 20),
  });
});

test('the writer goes on when reading threads come, are ended in the middle, and outlive it', async () => {
  const dir = temporaryFolder();
  const journal = openJournal({ profile: TEST_PROFILE, dir, durability: 'sync', maxBytes: 1 << 30 });
  let writing = true;
  const appending = (async () => {
    while (writing) await journal.append(sampleRecords(journal.nextPosition, 20));
  })();
  for (let round = 0; round < 8; round += 1) {
    const { worker, readThrough } = await readingThread(dir);
    const reading = readThrough(journal.syncedPosition).catch(() => {});
    if (round % 3 === 0) await reading;
    await worker.terminate();
  }
  const { readThrough, worker, next } = await readingThread(dir);
  writing = false;
  await appending;
  const kept = journal.syncedPosition;
  await journal.close();
  expect(await readThrough(kept)).toBe(kept);

  // Opened again while the thread still has the old one.
  const again = openJournal({ profile: TEST_PROFILE, dir, durability: 'sync', maxBytes: 1 << 30 });
  onTestFinished(() => again.close());
  await again.append(sampleRecords(again.nextPosition, 5));
  expect(await readThrough(kept + 5)).toBe(kept + 5);
  const closed = next();
  worker.postMessage('close');
  expect(await closed).toEqual({ closed: true });
  await again.append(sampleRecords(again.nextPosition, 5));
  expect(again.after(kept, 100)).toEqual(sampleRecords(kept + 1, 10));
});
