/** Which checkpoints speak of this journal, by its epochs. */

import type { JournalReader } from '../gateway/journal/journal-reader.ts';
import { readLineage } from '../gateway/journal/journal-tables.ts';
import type { HeldCheckpoint } from '../gateway/journal/log/verify-log.ts';

export interface OfThisJournal {
  readonly own: readonly HeldCheckpoint[];
  readonly faults: readonly string[];
  readonly remarks: readonly string[];
}

/**
 * A checkpoint of an epoch that this journal left covers it up to where it left it. What an epoch had behind that is not
 * here: a backup was put back, which whoever reads the result must know.
 */
export function ofThisJournal(reader: JournalReader, held: readonly HeldCheckpoint[]): OfThisJournal {
  const lineage = readLineage(reader.cursors);
  const spans = lineage?.spans ?? [];
  const own: HeldCheckpoint[] = [];
  const faults: string[] = [];
  const left = new Map<string, string>();
  for (const each of held) {
    const { epoch, size } = each.checkpoint;
    const index = spans.findIndex((span) => span.epoch === epoch);
    const next = spans[index + 1];
    if (index === -1) {
      faults.push(`a checkpoint (${each.from}) is of the epoch ${epoch}, which this journal never had`);
    } else if (next && size >= next.first) {
      const at = next.first - 1;
      const time = new Date(next.begunAtMs).toISOString();
      left.set(
        epoch,
        `epoch ${epoch} went on to position ${size} (${each.from}); this journal left it at ${at} (${next.cause}, ${time})`,
      );
    } else own.push(each);
  }
  return { own, faults, remarks: [...left.values()] };
}
