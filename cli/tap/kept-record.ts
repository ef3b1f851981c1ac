/** The record of a decision, from the journal of a gateway that runs: what it was made of. */
import { join } from 'node:path';
import { openJournalReader } from '../../gateway/journal/journal-reader.ts';
import type { DecisionRecord } from '../../gateway/journal/record/record.ts';

/** Null where it is not there, or damaged. `decisionId`: GATEWAY:EPOCH:POSITION. Throws JournalError. */
export async function recordOf(dataFolder: string, decisionId: string): Promise<DecisionRecord | null> {
  const reader = openJournalReader(join(dataFolder, 'journal'));
  try {
    const position = Number(decisionId.slice(decisionId.lastIndexOf(':') + 1));
    const record = reader.at(position)?.record ?? null;
    return record?.answer.decisionId === decisionId ? record : null;
  } finally {
    await reader.close();
  }
}
