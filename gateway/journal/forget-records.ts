/** Forgets records and what leads to them, as one transaction. */
import type { JournalReader, OnDamaged } from './journal-reader.ts';
import { positionKey, tapKey } from './record-keys.ts';

/** Forgets `count` records from a position on. Resolves when they are gone; rejects with what LMDB says. */
export function forgetRecords(
  reader: JournalReader,
  from: number,
  count: number,
  onDamaged: OnDamaged,
): Promise<unknown> {
  // The index may keep an entry of a damaged record, whose tap nobody knows; it leads nowhere.
  const readable = reader.after(from - 1, count, onDamaged);
  return reader.environment.batch(() => {
    for (let i = 0; i < count; i += 1) reader.records.remove(positionKey(from + i));
    for (const { tap } of readable) reader.taps.remove(tapKey(tap));
  });
}
