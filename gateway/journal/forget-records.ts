/** Forgets records and what leads to them, as one transaction. */
import type { JournalReader } from './journal-reader.ts';
import { positionKey, tapKey } from './record/record-keys.ts';
import { storedTap } from './record/stored-fields.ts';

/** Forgets `count` records from a position on. Resolves when they are gone; rejects with what LMDB says. */
export function forgetRecords(reader: JournalReader, from: number, count: number): Promise<unknown> {
  const keys = Array.from({ length: count }, (_, i) => positionKey(from + i));
  const taps: Buffer[] = [];
  for (const [i, key] of keys.entries()) {
    const bytes = reader.records.get(key);
    // The index may keep an entry of a damaged record, whose tap nobody knows; it leads nowhere.
    const tap = bytes ? storedTap(from + i, bytes) : null;
    if (tap) taps.push(tapKey(tap));
  }
  return reader.environment.batch(() => {
    for (const key of keys) reader.records.remove(key);
    for (const tap of taps) reader.taps.remove(tap);
  });
}
