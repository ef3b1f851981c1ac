/** The PIN that the holder of card number `index` chose: made up from the seed, as all else. */
import { seededInteger } from '../seed.ts';

/** One holder in so many has chosen none. */
const NONE_OF = 8;

/** Six digits; null: none is set. */
export function cardPin(seed: string, index: number): string | null {
  if (index % NONE_OF === NONE_OF - 1) return null;
  return String(seededInteger(seed, 'pin', index, 1_000_000)).padStart(6, '0');
}
