/**
 * Begins a new epoch in a journal. What the platform confirmed and what was judged again behind its beginning was so
 * under other names: there both begin anew. All of it is one transaction, so a crash leaves the old state or the new.
 */
import { fromHex } from '../../workers/codecs/hex.ts';
import { cutMarks, MARKS_NOTE } from './confirmed-marks.ts';
import type { JournalReader } from './journal-reader.ts';
import {
  CURSORS,
  EPOCH_KEY,
  type EpochCause,
  FORMER_EPOCHS_KEY,
  formerEpochsWith,
  freshEpoch,
  LINEAGE_KEY,
  type Lineage,
} from './journal-tables.ts';
import { positionKey } from './record/record-keys.ts';

export interface EpochChange {
  /** Records up to here keep their names. */
  readonly after: number;
  readonly cause: EpochCause;
  /** Milliseconds since 1970 UTC. */
  readonly atMs: number;
}

export interface EpochBegun {
  /** With the epoch that was drawn. */
  readonly lineage: Lineage;
  /** Settles as the environment keeps things; rejects with what LMDB says. */
  readonly written: Promise<unknown>;
}

/** Draws the epoch and writes it. Throws JournalError `io` when there are too many. */
export function beginEpoch(
  reader: JournalReader,
  before: Lineage,
  { after, cause, atMs }: EpochChange,
): EpochBegun {
  reader.refresh();
  const lineage = before.forked(freshEpoch(), after, cause, atMs, reader.firstPosition);
  const { cursors } = reader;
  const marks = reader.note(MARKS_NOTE);
  const beyond = [CURSORS.confirmed, CURSORS.rejudged].filter((name) => reader.cursor(name) > after);
  const former = formerEpochsWith(cursors, before.current.epoch);
  const written = reader.environment.batch(() => {
    cursors.put(FORMER_EPOCHS_KEY, former);
    cursors.put(LINEAGE_KEY, lineage.bytes());
    cursors.put(EPOCH_KEY, Buffer.from(fromHex(lineage.current.epoch)));
    for (const name of beyond) cursors.put(Buffer.from(name, 'utf8'), positionKey(after));
    if (marks) cursors.put(Buffer.from(MARKS_NOTE, 'utf8'), cutMarks(marks, after));
  });
  return { lineage, written };
}
