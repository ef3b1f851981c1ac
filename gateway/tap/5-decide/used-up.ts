/** Which decisions use their presentation up. */
import type { Outcome, ReplayFacts } from '../../verification.ts';

/**
 * Only what passed, or was referred to a person, is remembered as used. What is denied anyway costs no memory: who shows
 * a revoked card, or a card at a scene that does not take it, as often as he likes, takes no room from others.
 *
 * The journal holds the key of every proven presentation, so the memory that is rebuilt from it follows the same rule.
 */
export function usesUp({ key, seenBefore }: ReplayFacts, outcome: Outcome): boolean {
  return key !== null && !seenBefore && outcome !== 'deny';
}
