/** One transaction of the journal: groups of records, and a slice of the index. */

import type { JournalReader } from './journal-reader.ts';
import { CURSORS } from './journal-tables.ts';
import type { DecisionRecord } from './record/record.ts';
import { positionKey, writePositionKey } from './record/record-keys.ts';
import type { IndexSlice } from './record/tap-index.ts';

export interface EncodedGroup {
  readonly records: readonly DecisionRecord[];
  readonly encoded: readonly Buffer[];
}

/** LMDB copies a key when it is told of a put. */
const key = positionKey(0);

/**
 * Puts the records, which begin at a position and have no gaps, unless something stands at that position: then nothing
 * is put. Resolves to whether it was, once LMDB has committed; rejects with what it says.
 */
export function putGroups(
  reader: JournalReader,
  first: number,
  groups: readonly EncodedGroup[],
  slice: IndexSlice | null,
): Promise<boolean> {
  // Where the first is free, so are all behind it.
  return reader.records.ifNoExists(positionKey(first), () => {
    for (const group of groups) putRecords(reader, group);
    if (slice) putIndex(reader, slice);
  });
}

function putRecords({ records: table }: JournalReader, { records, encoded }: EncodedGroup): void {
  for (let i = 0; i < records.length; i += 1) {
    const [record, bytes] = [records[i], encoded[i]];
    if (!record || !bytes) throw new Error('every record was encoded');
    writePositionKey(key, record.position);
    table.put(key, bytes);
  }
}

function putIndex({ taps, cursors }: JournalReader, { entries, through }: IndexSlice): void {
  for (const { key: tap, position } of entries) taps.put(tap, position);
  if (through !== null) cursors.put(Buffer.from(CURSORS.indexed, 'utf8'), positionKey(through));
}
