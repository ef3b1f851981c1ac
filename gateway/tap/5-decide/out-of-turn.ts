/** Whether somebody passes in turn where entry and exit belong together. Pure. */
import type { Direction } from '../../../config/policy-schema.ts';
import type { PassageFacts } from '../../verification.ts';

export type OutOfTurn = 'passback' | 'entered_twice' | 'not_entered';

/**
 * Null: in turn, or nobody knows. An entry that the clock puts into the future, since it was set back, counts as just
 * made: who hands a credential back must not gain by that.
 */
export function outOfTurn(
  direction: Direction | undefined,
  passage: PassageFacts | null,
  atMs: number,
): OutOfTurn | null {
  if (direction === undefined || passage === null || passage.state === 'unknown') return null;
  if (direction.passes === 'exit') return passage.state === 'outside' ? 'not_entered' : null;
  if (passage.state === 'outside') return null;
  const { passback_ms: withinMs = 0 } = direction;
  return atMs - passage.sinceMs < withinMs ? 'passback' : 'entered_twice';
}
