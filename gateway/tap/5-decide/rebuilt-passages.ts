/** Who was inside before the last stop, or crash, from the journal. */
import type { Direction } from '../../../config/policy-schema.ts';
import type { SceneTable } from '../../../config/scenes.ts';
import type { DecisionRecord } from '../../journal/record/record.ts';
import { Passages } from './passages.ts';
import { ownNames, type RememberedNames } from './remembered-names.ts';

/** How far back somebody may have entered who is inside still, milliseconds; 0 where no scene has a direction. */
export function longestInsideMs(scenes: SceneTable): number {
  return Math.max(0, ...directionsOf(scenes).map(({ inside_ms_max }) => inside_ms_max));
}

/**
 * `namesOf`: by which names persons are remembered. `entries`: from `nowMs - longestInsideMs` on, in order; null where one cannot be read. Then nobody knows who that was: whoever is not
 * found is unknown, for as long as an entry would count.
 */
export function rebuiltPassages(
  maxEntries: number,
  entries: Iterable<DecisionRecord | null>,
  scenes: SceneTable,
  nowMs: number,
  namesOf = ownNames,
): Passages {
  const passages = new Passages(maxEntries);
  const directions = directionsOf(scenes);
  if (directions.length === 0) return passages;
  for (const { area } of directions) passages.watch(area);
  let unread = 0;
  for (const record of entries) {
    if (record === null) unread += 1;
    else movedBy(passages, record, namesOf(record.proof), scenes, nowMs);
  }
  if (unread > 0)
    for (const { area, inside_ms_max } of directions) passages.watch(area, nowMs + inside_ms_max);
  return passages;
}

function movedBy(
  passages: Passages,
  { scene, answer, atMs }: DecisionRecord,
  { subject }: RememberedNames,
  scenes: SceneTable,
  nowMs: number,
): void {
  if (answer.outcome !== 'allow' || subject === null) return;
  const direction = scenes.policyOf(scene)?.direction;
  if (direction !== undefined) passages.move(direction, subject, atMs, nowMs);
}

function directionsOf(scenes: SceneTable): Direction[] {
  return scenes.scenes.flatMap((scene) => scenes.policyOf(scene)?.direction ?? []);
}
