/** Checks a whole journal: every record decodes, positions have no gaps, and the index leads to every record. */
import { Faults } from './faults.ts';
import { JournalError } from './journal-error.ts';
import type { JournalReader } from './journal-reader.ts';
import { CURSORS } from './journal-tables.ts';
import { decodeRecord, type StoredRecord } from './record/record-codec.ts';
import { readPosition, readTapKey } from './record/record-keys.ts';

export interface JournalReport {
  readonly records: number;
  /** Positions of the oldest and newest record; 0 when there is none. */
  readonly first: number;
  readonly last: number;
  /** What is wrong, up to `FAULTS_SHOWN_MAX`. */
  readonly faults: readonly string[];
  /** All that is wrong. */
  readonly faultCount: number;
}

/**
 * Reads everything up to the newest record there is now; a gateway may go on writing behind it. `at` is told of each
 * position before it is read.
 */
export function verifyJournal(
  reader: JournalReader,
  at: (position: number) => void = () => {},
): JournalReport {
  reader.refresh();
  const [first, last] = [reader.firstPosition, reader.lastPosition];
  const indexedThrough = reader.cursor(CURSORS.indexed);
  const faults = new Faults();
  let records = 0;
  let expected = first;
  let peakMs = 0;
  for (const { key, value } of reader.records.getRange({})) {
    const position = readPosition(key);
    if (position > last) break;
    at(position);
    if (position !== expected) faults.add(`positions ${expected} to ${position - 1} are missing`);
    expected = position + 1;
    records += 1;
    const stored = decoded(position, value, faults);
    if (!stored) continue;
    if (stored.peakMs < peakMs) faults.add(`position ${position}: the latest time falls`);
    peakMs = stored.peakMs;
    const led = reader.indexedPosition(stored.record.tap);
    // The newest are not in the index yet.
    if (led !== position && !(led === null && position > indexedThrough)) {
      faults.add(`position ${position}: the index does not lead to it`);
    }
  }
  const confirmed = reader.cursor(CURSORS.confirmed);
  if (confirmed > last) {
    faults.add(
      `the platform has confirmed records up to ${confirmed}, and the newest that is there is ${last}`,
    );
  }
  verifyIndex(reader, last, faults);
  return { records, first, last, faults: faults.shown, faultCount: faults.count };
}

/** No entry of the index leads beyond the journal. One to a record that was trimmed may be left, and is harmless. */
function verifyIndex(reader: JournalReader, last: number, faults: Faults): void {
  for (const { key, value } of reader.taps.getRange({})) {
    const position = readPosition(value);
    // Written since: behind the newest record of when the check began.
    if (position > 0 && (position <= last || position <= reader.lastPosition)) continue;
    const { deviceId, seq } = readTapKey(key);
    faults.add(`the index leads tap ${seq} of ${deviceId} to position ${position}, where no record is`);
  }
}

function decoded(position: number, value: Buffer, faults: Faults): StoredRecord | null {
  try {
    return decodeRecord(position, value);
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    faults.add(error.message);
    return null;
  }
}
