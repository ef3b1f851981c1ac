/** One list, read by another thread while newer revisions come into force. */
import { Worker } from 'node:worker_threads';
import { afterAll, expect, test } from 'vitest';
import { CardList } from '../../../lists/card-list.ts';
import { compact } from '../../../lists/compact.ts';
import type { ListHandle } from '../../../lists/list-handle.ts';
import { withChanges } from '../../../lists/overlay.ts';
import { builderOf, packed } from './list-fixture.rig.ts';

const CARDS = 2_000;
const REVISIONS = 40;

const worker = new Worker(new URL('./list-threads.worker.ts', import.meta.url));
afterAll(() => worker.terminate());

test('a thread sees each revision whole, and all share the snapshot', async () => {
  const builder = builderOf([]);
  for (let i = 0; i < CARDS; i += 1) builder.add('cq-rail', String(i), 'good', 7);
  let handle: ListHandle = builder.toHandle();
  const keys = new CardList(handle);
  const seen = new Map<number, number>();
  const done = new Promise<void>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', ({ revision, torn, asked }: { revision: number; torn: number; asked: number }) => {
      expect(torn).toBe(0);
      seen.set(revision, asked);
      if (revision === 7 + REVISIONS) resolve();
    });
  });
  worker.postMessage(handle);
  for (let revision = 8; revision <= 7 + REVISIONS; revision += 1) {
    // In each revision, every card has the revision's number as its entitlements.
    const changes = Array.from({ length: CARDS }, (_, i) => ({
      key: keys.keyOf('cq-rail', String(i)),
      state: 1,
      entitlements: revision,
    }));
    handle = withChanges(handle, { ...handle.head, revision }, packed(changes));
    if (revision % 10 === 0) handle = compact(handle);
    worker.postMessage(handle);
    await new Promise(setImmediate);
  }
  await done;
  expect(seen.size).toBe(REVISIONS + 1);
  expect([...seen.values()].every((asked) => asked >= CARDS)).toBe(true);
});
