/** When a commit can be seen by readers, which with durability `commit` is before it is on disk. */
import type { JournalReader } from './journal-reader.ts';
import { positionKey } from './record-keys.ts';

/** How often it is looked: the system call it saves takes longer on most disks. */
const POLL_MS = 1;

/** Resolves to null once the record of a position can be seen by readers; never, when `over` resolves first. */
export function seenByReaders(
  reader: JournalReader,
  position: number,
  over: Promise<unknown>,
): Promise<null> {
  return new Promise((resolve) => {
    const key = positionKey(position);
    const timer = setInterval(() => {
      reader.refresh();
      if (!reader.records.doesExist(key)) return;
      clearInterval(timer);
      resolve(null);
    }, POLL_MS);
    void over.then(() => clearInterval(timer));
  });
}
