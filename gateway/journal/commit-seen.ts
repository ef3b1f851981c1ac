/** When a commit can be seen by readers, which with durability `commit` is before it is on disk. */
import type { JournalReader } from './journal-reader.ts';
import { positionKey } from './record/record-keys.ts';

/** How often it is looked: the system call it saves takes longer on most disks. */
const POLL_MS = 1;

/**
 * Resolves to null once readers see just these bytes at a position: another writer's would not do. Never resolves when
 * `over` does first.
 */
export function seenByReaders(
  reader: JournalReader,
  position: number,
  bytes: Buffer,
  over: Promise<unknown>,
): Promise<null> {
  return new Promise((resolve) => {
    const key = positionKey(position);
    const timer = setInterval(() => {
      reader.refresh();
      if (!reader.records.get(key)?.equals(bytes)) return;
      clearInterval(timer);
      resolve(null);
    }, POLL_MS);
    void over.then(() => clearInterval(timer));
  });
}
