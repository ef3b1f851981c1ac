/**
 * What the store said that another gateway's tap had used. It is remembered in the replay window beside what was used here, by a
 * key of its own, and counts where the store does not answer: where it does, it knows better who has it now.
 */
import type { ReplayFacts } from '../../verification.ts';

/** Keys are HMACs: no other presentation's is this one's turned over. */
const TURNED = 0xff;

export function elsewhereKey(key: Uint8Array): Uint8Array {
  return key.map((byte) => byte ^ TURNED);
}

/** Whether the store said so: what is seen here already is not asked about. */
export function wasUsedElsewhere({ seenBefore, scope }: ReplayFacts): boolean {
  return seenBefore && scope === 'shared';
}
