/** Whether persons, cards and presentations may still be asked for by the names that they had in the profile of before. */
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import { namesOfStored } from '../journal/record/record.ts';

/**
 * `sinceMs`: what was decided before is asked for by nobody. Then each tap is named twice, until the gateway starts again
 * after the last record of before has become older than that.
 */
export function areFormerNamesAsked(
  journal: Pick<LmdbJournal, 'formerPseudonyms' | 'pseudonyms' | 'lastBefore' | 'stored' | 'lineage'>,
  sinceMs: number,
): boolean {
  if (journal.formerPseudonyms === null) return false;
  const before = journal.lastBefore(sinceMs);
  const isChanged = journal.lineage.spans.some(({ cause, first }) => cause === 'profile' && first > before);
  if (isChanged) return true;
  const { algorithm } = journal.pseudonyms.keys;
  for (const { bytes } of journal.stored(before + 1)) return namesOfStored(bytes) !== algorithm;
  return false;
}
