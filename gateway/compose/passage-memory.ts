/** The memory of who is inside, rebuilt from the journal at the start. */
import type { SceneTable } from '../../config/scenes.ts';
import type { Limits } from '../../config/settings.ts';
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import type { DecisionRecord } from '../journal/record/record.ts';
import type { Log } from '../observe/log.ts';
import type { Passages } from '../tap/5-decide/passages.ts';
import { longestInsideMs, rebuiltPassages } from '../tap/5-decide/rebuilt-passages.ts';
import type { rememberedNames } from '../tap/5-decide/remembered-names.ts';

export interface PassageMemory {
  readonly journal: Pick<LmdbJournal, 'entriesSince'>;
  readonly limits: Limits;
  readonly scenes: SceneTable;
  /** The time by which is forgotten (`ForgettingClock`). */
  readonly nowMs: number;
  /** By which names persons are remembered. */
  readonly namesOf: typeof rememberedNames;
  readonly log: Log;
}

const UNREAD =
  'records of the time in which somebody may still be inside are damaged or missing: whoever is not found inside is unknown for now';

/** A record that cannot be read does not end the start: nobody is kept from leaving by it. */
export function rebuiltPassageMemory({
  journal,
  limits,
  scenes,
  nowMs,
  namesOf,
  log,
}: PassageMemory): Passages {
  const longestMs = longestInsideMs(scenes);
  if (longestMs === 0) return rebuiltPassages(limits.passages, [], scenes, nowMs);
  let unread = 0;
  const told = function* (): Generator<DecisionRecord | null> {
    let expected = 0;
    for (const { position, record } of journal.entriesSince(nowMs - longestMs)) {
      if (record === null || (expected !== 0 && position !== expected)) {
        unread += 1;
        yield null;
      }
      if (record !== null) yield record;
      expected = position + 1;
    }
  };
  const passages = rebuiltPassages(limits.passages, told(), scenes, nowMs, namesOf);
  if (unread > 0) log.warn({ gaps: unread }, UNREAD);
  return passages;
}
